"""Run the web server as the `TANGGAP_*` settings say: `gunicorn -c gunicorn.conf.py`."""

from tanggap.settings import read_settings

_settings = read_settings()

wsgi_app = "tanggap.wsgi:app"
bind = _settings.bind
workers = _settings.web_workers
worker_class = "tanggap.web.http_worker.LingeringWorker"
threads = _settings.web_threads
max_requests = 0  # nothing leaks, and a restart would cut live updates for a moment
graceful_timeout = 30
timeout = 60
keepalive = 15
forwarded_allow_ips = "127.0.0.1,::1"
control_socket_disable = True  # nobody steers it but signals, and two would share one file
accesslog = None  # the application logs every request itself, with its id
