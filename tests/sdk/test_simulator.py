from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx
import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tanggap.sdk import PostKind
from tanggap.sdk.signing import hmac_sha256, require_hmac_sha256
from tanggap.sdk.simulator import (
    Change,
    Draft,
    Grant,
    Person,
    Route,
    SimulatedPlatform,
    SimulatedPost,
    TokenStore,
    WebhookCall,
    approve,
    consent_page,
    json_response,
    pkce_matches,
    redirect_back,
    running,
)

SECRET = "demo-secret"


class Toy(SimulatedPlatform):
    key = "toy"
    name = "Toytown"
    kinds: ClassVar[frozenset[PostKind]] = frozenset({"mention", "reply", "post", "message"})
    retry_delays = (0.01, 0.01)

    def __init__(self, base_url: str) -> None:
        super().__init__(
            base_url,
            accounts=[Person("1", "acmehelp", "Acme", ours=True)],
            app_config={"api_url": base_url},
            app_secrets={"secret": SECRET},
        )
        self.callback = ""
        self.handled = 0
        self._ids = 100

    def routes(self) -> Iterable[Route]:
        yield Route("GET", "/authorize", self._authorize)
        yield Route("POST", "/authorize", self._decide)
        yield Route("POST", "/reply", self._reply, target="reply")

    def new_id(self, draft: Draft) -> str:
        del draft
        self._ids += 1
        return str(self._ids)

    def edit_id(self, post: SimulatedPost) -> str | None:
        return f"{post.id}-edited"

    def place(self, post: SimulatedPost) -> None:
        post.thread_id = post.parent.thread_id if post.parent else post.id
        post.private = post.kind == "message"

    def webhook_calls(self, post: SimulatedPost, change: Change) -> Iterable[WebhookCall]:
        if self.callback:
            yield WebhookCall(self.callback, {"change": change, "id": post.id, "text": post.text})

    def sign(self, body: bytes) -> Mapping[str, str]:
        return {"X-Sig": hmac_sha256(SECRET, body)}

    def fault_response(self, kind: str) -> Response:
        return json_response({"fault": kind}, 429 if kind == "rate_limit" else 503)

    def finish(self, request: Request, response: Response) -> None:
        response.headers["X-Toy"] = request.path

    def _authorize(self, request: Request) -> Response:
        return consent_page(
            platform=self.name,
            app="Tanggap",
            person="@acmehelp",
            scopes=("read", "write <b>"),
            action="/authorize",
            fields={"state": request.args["state"]},
            choices=(("1", "Acme"), ("2", "Other")),
        )

    def _decide(self, request: Request) -> Response:
        form = request.form
        pages = ",".join(form.getlist("choice"))
        return redirect_back(
            "http://app.example/back?x=1",
            {"state": form["state"], "decision": form["decision"], "pages": pages},
        )

    def _reply(self, _request: Request) -> Response:
        self.handled += 1
        return json_response({"ok": True})


class Receiver:
    """Our side of the webhooks: keeps what it got, refuses the first `refuse` of them."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.forged = 0
        self.refuse = 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        body = request.get_data()
        if self.refuse:
            self.refuse -= 1
            return Response(status=500)
        try:
            require_hmac_sha256(request.headers.get("X-Sig"), SECRET, body)
        except Exception:
            self.forged += 1
            return Response(status=403)
        self.got.append(request.get_json())
        return Response(status=200)


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    app = Receiver()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield app, f"http://127.0.0.1:{server.port}/hook"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def toy() -> Iterator[Toy]:
    with running(Toy) as platform:
        assert isinstance(platform, Toy)
        yield platform


@pytest.fixture
def control(toy: Toy) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=toy.base_url, trust_env=False, verify=False) as client:  # noqa: S501
        yield client


def publish(control: httpx.Client, **script: Any) -> httpx.Response:
    given = {"author": {"handle": "@rita"}, "text": "late", "kind": "mention", **script}
    return control.post("/_control/posts", json=given)


def flush(control: httpx.Client) -> dict[str, int]:
    counts: dict[str, int] = control.post("/_control/flush").json()
    return counts


def test_scripted_post_is_listed_and_delivered_signed(
    toy: Toy, control: httpx.Client, receiver: tuple[Receiver, str]
) -> None:
    toy.callback = receiver[1]
    at = "2026-11-02T08:15:00+07:00"
    created = publish(control, key="rita-1", at=at)
    assert created.status_code == 201
    assert created.json() == {"id": "101", "key": "rita-1"}
    assert flush(control) == {"sent": 1, "accepted": 1, "failed": 0, "pending": 0, "dropped": 0}
    assert receiver[0].got == [{"change": "created", "id": "101", "text": "late"}]
    (post,) = control.get("/_control/posts").json()["posts"]
    assert post["author"] == "rita"
    assert post["author_id"] == "80001"
    assert (post["ours"], post["private"], post["deleted"]) == (False, False, False)
    assert post["at"] == at


def test_posts_refer_to_each_other_by_key_and_brand_is_the_company(control: httpx.Client) -> None:
    publish(control, author={"handle": "@Brand"}, key="news", kind="post")
    publish(control, key="answer", kind="reply", in_reply_to="news")
    publish(control, key="dm", kind="message")
    publish(control, author={"handle": "brand"}, kind="message", in_reply_to="dm")
    news, answer, _, ours = control.get("/_control/posts").json()["posts"]
    assert news["ours"]
    assert news["author"] == "acmehelp"
    assert answer["in_reply_to"] == news["id"]
    assert answer["thread"] == news["thread"]
    assert ours["private"]


def test_edit_keeps_the_old_id_and_deletion_keeps_the_record(
    toy: Toy, control: httpx.Client, receiver: tuple[Receiver, str]
) -> None:
    toy.callback = receiver[1]
    publish(control, key="a")
    edited = control.post("/_control/posts/a/edit", json={"text": "solved"})
    assert edited.json()["id"] == "101-edited"
    assert control.post("/_control/posts/101/metrics", json={"likes": 3}).status_code == 200
    assert control.delete("/_control/posts/101").status_code == 204
    assert control.delete("/_control/posts/a").status_code == 204
    flush(control)
    changes = [body["change"] for body in receiver[0].got]
    assert changes == ["created", "edited", "metrics", "deleted"]
    (post,) = control.get("/_control/posts").json()["posts"]
    assert post["deleted"]
    assert post["metrics"] == {"likes": 3}


@pytest.mark.parametrize(
    ("script", "status", "words"),
    [
        ({"text": ""}, 400, "text must be text"),
        ({"author": "rita"}, 400, "author must be an object"),
        ({"kind": "review"}, 400, "does not exist here"),
        ({"kind": "reply"}, 400, "needs in_reply_to"),
        ({"in_reply_to": "nobody"}, 404, "'nobody' does not exist"),
        ({"account": "9"}, 404, "account '9' does not exist"),
        ({"at": "yesterday"}, 400, "not an ISO 8601 time"),
        ({"author": {"handle": "r", "followers": "many"}}, 400, "followers must be a number"),
        ({"author": {"handle": "brand"}, "kind": "message"}, 400, "needs in_reply_to"),
    ],
)
def test_unusable_scripts_are_refused_with_the_reason(
    control: httpx.Client, script: dict[str, Any], status: int, words: str
) -> None:
    answer = publish(control, **script)
    assert answer.status_code == status
    assert words in answer.json()["error"]["message"]


def test_taken_key_is_a_conflict(control: httpx.Client) -> None:
    publish(control, key="a")
    assert publish(control, key="a").status_code == 409


def test_refused_webhook_is_tried_again_and_given_up_after_the_last_delay(
    toy: Toy, control: httpx.Client, receiver: tuple[Receiver, str]
) -> None:
    toy.callback = receiver[1]
    receiver[0].refuse = 2
    publish(control)
    assert flush(control)["sent"] == 3
    receiver[0].refuse = 3
    publish(control)
    counts = flush(control)
    assert (counts["sent"], counts["accepted"], counts["failed"]) == (6, 1, 1)


def test_webhook_faults_duplicate_drop_and_forge(
    toy: Toy, control: httpx.Client, receiver: tuple[Receiver, str]
) -> None:
    toy.callback = receiver[1]
    for kind in ("duplicate_webhooks", "drop_webhooks", "bad_signature"):
        control.post("/_control/faults", json={"kind": kind})
        publish(control, text=kind)
    counts = flush(control)
    # dropping comes first, so the queued duplicate waits for the next webhook that goes out
    assert counts == {"sent": 3, "accepted": 2, "failed": 1, "pending": 0, "dropped": 1}
    assert receiver[0].forged == 1


def test_dead_receiver_counts_as_failed(toy: Toy, control: httpx.Client) -> None:
    toy.callback = "http://127.0.0.1:1/nobody"
    publish(control)
    assert flush(control)["failed"] == 1
    assert toy.call_back(toy.callback, {"a": "b"}) is None


@pytest.mark.parametrize(
    ("kind", "status", "handled"), [("rate_limit", 429, 0), ("server_error", 503, 0)]
)
def test_request_fault_hits_its_target_once(
    toy: Toy, control: httpx.Client, kind: str, status: int, handled: int
) -> None:
    control.post("/_control/faults", json={"kind": kind, "target": "reply"})
    assert control.post("/reply").status_code == status
    assert toy.handled == handled
    assert control.post("/reply").status_code == 200


@pytest.mark.parametrize(("kind", "handled"), [("timeout", 0), ("timeout_after_accept", 1)])
def test_time_out_closes_the_line_without_an_answer(
    toy: Toy, control: httpx.Client, kind: str, handled: int
) -> None:
    control.post("/_control/faults", json={"kind": kind, "seconds": 0})
    with pytest.raises(httpx.RemoteProtocolError):
        control.post("/reply")
    assert toy.handled == handled
    assert control.post("/reply").headers["x-toy"] == "/reply"


def test_faults_are_listed_cleared_and_checked(toy: Toy, control: httpx.Client) -> None:
    control.post("/_control/faults", json={"kind": "rate_limit", "target": "poll", "times": 2})
    assert control.post("/reply").status_code == 200
    listed = control.get("/_control/faults").json()["faults"]
    assert listed == [{"kind": "rate_limit", "target": "poll", "times": 2}]
    assert control.delete("/_control/faults").status_code == 204
    assert control.get("/_control/faults").json() == {"faults": []}
    assert control.post("/_control/faults", json={"kind": "flood"}).status_code == 400
    bad = control.post("/_control/faults", json={"kind": "timeout", "target": "moon"})
    assert bad.status_code == 400


def test_auth_faults_end_tokens_but_not_the_world(toy: Toy, control: httpx.Client) -> None:
    publish(control)
    access = toy.tokens.issue(Grant(person_id="1"))
    refresh = toy.tokens.issue(Grant(person_id="1"), "refresh")
    control.post("/_control/faults", json={"kind": "auth_expired"})
    assert toy.tokens.find(access) is None
    assert toy.tokens.is_expired(access)
    assert toy.tokens.find(refresh, "refresh") is not None
    control.post("/_control/faults", json={"kind": "auth_revoked"})
    assert toy.tokens.find(refresh, "refresh") is None
    assert not toy.tokens.is_expired(refresh)
    assert len(toy.world.posts()) == 1


def test_consent_form_is_approved_by_a_client(toy: Toy) -> None:
    url = f"{toy.base_url}/authorize?state=a%22b"
    base = "http://app.example/back?x=1&state=a%22b&decision"
    assert approve(url) == f"{base}=approve&pages=1%2C2"
    assert approve(url, choose=["2"], decision="deny") == f"{base}=deny&pages=2"
    with pytest.raises(RuntimeError, match="no consent form"):
        approve(f"{toy.base_url}/_control/app")


def test_consent_page_escapes_what_it_shows(toy: Toy, control: httpx.Client) -> None:
    page = control.get("/authorize", params={"state": '"><script>'}).text
    assert "<script>" not in page
    assert "write &lt;b&gt;" in page


def test_app_and_page_are_there_for_operators(toy: Toy, control: httpx.Client) -> None:
    app = control.get("/_control/app").json()
    assert app["config"] == {"api_url": toy.base_url}
    assert app["secrets"] == {"secret": SECRET}
    assert app["accounts"] == [{"id": "1", "handle": "acmehelp", "name": "Acme"}]
    assert "Toytown" in control.get("/", follow_redirects=True).text
    assert control.get("/elsewhere").status_code == 404


def test_code_works_once_and_not_for_long() -> None:
    now = [datetime(2026, 11, 2, tzinfo=UTC)]
    store = TokenStore(lambda: now[0])
    grant = Grant(person_id="1", scopes=("read",))
    code, late = (store.issue_code(grant, timedelta(seconds=30)) for _ in range(2))
    found = store.redeem_code(code)
    assert found is not None
    assert found.scopes == ("read",)
    assert store.redeem_code(code) is None
    now[0] += timedelta(seconds=30)
    assert store.redeem_code(late) is None


def test_pkce_verifier_is_checked_as_the_standard_says() -> None:
    # the example of RFC 7636, appendix B
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert pkce_matches(challenge, verifier)
    assert not pkce_matches(challenge, verifier + "x")
    assert not pkce_matches("", verifier)
