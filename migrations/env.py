"""Run migrations over the connection that `tanggap.store.migrate` hands over."""

from alembic import context

from tanggap.store import Base
from tanggap.store.migrate import include_object

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    include_object=include_object,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
