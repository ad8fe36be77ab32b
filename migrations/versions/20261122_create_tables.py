"""Create the first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_create_tables"
down_revision = None
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

TABLES = (
    "authors",
    "channel_apps",
    "company",
    "deliveries",
    "teams",
    "users",
    "accounts",
    "audit_entries",
    "models",
    "rules",
    "billed_reads",
    "gaps",
    "plugin_states",
    "read_days",
    "recheck_marks",
    "retention_marks",
    "team_members",
    "staff",
    "shifts",
    "shift_exceptions",
    "presences",
    "invitations",
    "second_factors",
    "sign_ins",
    "sign_on_providers",
    "identities",
    "tone_profiles",
    "connect_attempts",
    "conversations",
    "single_use_links",
    "forms",
    "form_versions",
    "form_requests",
    "form_photos",
    "verifications",
    "known_customers",
    "early_events",
    "changes",
    "merged_conversations",
    "posts",
    "corrections",
    "drafts",
    "label_requests",
    "model_events",
    "post_aliases",
    "post_revisions",
    "post_previews",
    "moderations",
    "private_legs",
    "replies",
    "reply_parts",
    "rule_runs",
    "action_runs",
    "alerts",
    "rule_orders",
    "considerations",
    "growths",
    "handlings",
    "named_lists",
    "answer_templates",
    "rule_events",
    "schedule_marks",
    "verdicts",
    "shadow_verdicts",
    "notifications",
    "notes",
    "signs",
    "seen_marks",
    "saved_views",
    "snoozes",
    "approvals",
    "reply_attachments",
    "calendars",
    "sla_policies",
    "case_events",
    "clocks",
    "clock_runs",
    "call_backs",
    "mailboxes",
    "mail_legs",
    "mails",
    "mail_files",
    "handovers",
    "ratings",
    "practice_answers",
    "testimonials",
    "case_joins",
    "note_drafts",
    "followed_threads",
    "consultations",
    "shift_notes",
    "shift_note_cases",
    "case_vectors",
    "macros",
    "author_cards",
    "api_tokens",
    "endpoints",
    "endpoint_messages",
    "endpoint_attempts",
    "suppressions",
    "erasures",
    "person_exports",
    "retention_rules",
)

# Full-text search over what people wrote and how they are called. Our own posts are found by their
# words alone: else the company's name would find everything it ever answered.
_FORGET = """INSERT INTO posts_fts(posts_fts, rowid, text, name, handle)
    SELECT 'delete', id, text, name, handle FROM posts_searchable"""
_LEARN = """INSERT INTO posts_fts(rowid, text, name, handle)
    SELECT id, text, name, handle FROM posts_searchable"""
_RENAMED = "WHEN old.name <> new.name OR old.handle <> new.handle"
SQLITE_SEARCH = (
    """CREATE VIEW posts_searchable AS
        SELECT posts.id AS id, posts.author_id AS author_id, posts.text AS text,
            CASE WHEN posts.from_us THEN '' ELSE authors.name END AS name,
            CASE WHEN posts.from_us THEN '' ELSE authors.handle END AS handle
        FROM posts JOIN authors ON authors.id = posts.author_id""",
    """CREATE VIRTUAL TABLE posts_fts USING fts5(text, name, handle, content='posts_searchable',
        content_rowid='id', tokenize="unicode61 remove_diacritics 2")""",
    f"""CREATE TRIGGER posts_fts_insert AFTER INSERT ON posts BEGIN
        {_LEARN} WHERE id = new.id; END""",
    f"""CREATE TRIGGER posts_fts_delete BEFORE DELETE ON posts BEGIN
        {_FORGET} WHERE id = old.id; END""",
    f"""CREATE TRIGGER posts_fts_rewriting BEFORE UPDATE OF text, author_id, from_us ON posts BEGIN
        {_FORGET} WHERE id = old.id; END""",
    f"""CREATE TRIGGER posts_fts_rewritten AFTER UPDATE OF text, author_id, from_us ON posts BEGIN
        {_LEARN} WHERE id = new.id; END""",
    f"""CREATE TRIGGER posts_fts_renaming BEFORE UPDATE OF name, handle ON authors {_RENAMED} BEGIN
        {_FORGET} WHERE author_id = old.id; END""",
    f"""CREATE TRIGGER posts_fts_renamed AFTER UPDATE OF name, handle ON authors {_RENAMED} BEGIN
        {_LEARN} WHERE author_id = new.id; END""",
)
SQLITE_SEARCH_TRIGGERS = ("insert", "delete", "rewriting", "rewritten", "renaming", "renamed")
SQLITE_SEARCH_DROPS = (
    *(f"DROP TRIGGER posts_fts_{name}" for name in SQLITE_SEARCH_TRIGGERS),
    "DROP TABLE posts_fts",
    "DROP VIEW posts_searchable",
)
# A table of its own: a post's row is written again while it is triaged, and an index on `posts`
# would take its text apart each time. PostgreSQL limits a tsvector to 1 MiB, hence left().
POSTGRESQL_SEARCH = (
    """CREATE TABLE post_search (
        post_id bigint CONSTRAINT pk_post_search PRIMARY KEY
            CONSTRAINT fk_post_search_post_id REFERENCES posts (id) ON DELETE CASCADE,
        words tsvector NOT NULL)""",
    "CREATE INDEX ix_post_search_words ON post_search USING gin (words)",
    """CREATE FUNCTION tanggap_search_words(body text, from_us boolean, name text, handle text)
        RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT to_tsvector('indonesian'::regconfig, left(body, 100000))
            || to_tsvector('english'::regconfig, left(body, 100000))
            || to_tsvector('simple'::regconfig,
                CASE WHEN from_us THEN '' ELSE name || ' ' || handle END)
        $$""",
    """CREATE FUNCTION tanggap_posts_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO post_search (post_id, words)
        SELECT written.id, tanggap_search_words(written.text, written.from_us, name, handle)
        FROM written JOIN authors ON authors.id = written.author_id;
        RETURN NULL; END $$""",
    """CREATE FUNCTION tanggap_post_rewritten() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE post_search SET words = tanggap_search_words(NEW.text, NEW.from_us, name, handle)
        FROM authors WHERE post_id = NEW.id AND authors.id = NEW.author_id;
        RETURN NULL; END $$""",
    """CREATE FUNCTION tanggap_author_renamed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE post_search SET words = tanggap_search_words(text, from_us, NEW.name, NEW.handle)
        FROM posts WHERE posts.author_id = NEW.id AND post_id = posts.id;
        RETURN NULL; END $$""",
    """CREATE TRIGGER post_search_written AFTER INSERT ON posts
        REFERENCING NEW TABLE AS written
        FOR EACH STATEMENT EXECUTE FUNCTION tanggap_posts_written()""",
    """CREATE TRIGGER post_search_rewritten AFTER UPDATE OF text, author_id, from_us ON posts
        FOR EACH ROW EXECUTE FUNCTION tanggap_post_rewritten()""",
    """CREATE TRIGGER post_search_renamed AFTER UPDATE OF name, handle ON authors
        FOR EACH ROW WHEN (OLD.name <> NEW.name OR OLD.handle <> NEW.handle)
        EXECUTE FUNCTION tanggap_author_renamed()""",
)
POSTGRESQL_FUNCTIONS = (
    "tanggap_posts_written()",
    "tanggap_post_rewritten()",
    "tanggap_author_renamed()",
    "tanggap_search_words(text, boolean, text, text)",
)


def _foreign(
    table: str, column: str, target: str, on_delete: str | None = "CASCADE"
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=on_delete)


def _partial(
    name: str, table: str, columns: list[str], where: str, *, unique: bool = False
) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _create_company_and_links() -> None:
    op.create_table(
        "company",
        sa.Column("id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("logo_text", sa.String(length=24), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("website", sa.String(length=255), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
    )
    op.create_table(
        "single_use_links",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("subject_id", BIG_ID, nullable=True),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts_left", BIG_ID, nullable=False),
        _foreign("single_use_links", "conversation_id", "conversations"),
        _foreign("single_use_links", "author_id", "authors"),
        _foreign("single_use_links", "user_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_single_use_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_single_use_links_token_hash")),
    )
    op.create_index(
        "ix_single_use_links_conversation_id_id", "single_use_links", ["conversation_id", "id"]
    )


def _create_forms() -> None:
    op.create_table(
        "forms",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("name_id", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forms")),
        sa.UniqueConstraint("key", name=op.f("uq_forms_key")),
    )
    op.create_table(
        "form_versions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("form_id", BIG_ID, nullable=False),
        sa.Column("number", BIG_ID, nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("form_versions", "form_id", "forms"),
        _foreign("form_versions", "user_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_versions")),
        sa.UniqueConstraint("form_id", "number", name=op.f("uq_form_versions_form_id_number")),
    )
    op.create_table(
        "form_requests",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("form_version_id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("link_id", BIG_ID, nullable=True),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("sealed_answers", sa.LargeBinary(), nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        _foreign("form_requests", "form_version_id", "form_versions"),
        _foreign("form_requests", "conversation_id", "conversations"),
        _foreign("form_requests", "author_id", "authors"),
        _foreign("form_requests", "link_id", "single_use_links", "SET NULL"),
        _foreign("form_requests", "user_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_requests")),
    )
    op.create_index(
        "ix_form_requests_conversation_id_id", "form_requests", ["conversation_id", "id"]
    )
    op.create_index(op.f("ix_form_requests_author_id"), "form_requests", ["author_id"])
    op.create_table(
        "form_photos",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("request_id", BIG_ID, nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("width", BIG_ID, nullable=False),
        sa.Column("height", BIG_ID, nullable=False),
        sa.Column("size", BIG_ID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("form_photos", "request_id", "form_requests"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_photos")),
    )
    op.create_index(op.f("ix_form_photos_request_id"), "form_photos", ["request_id"])


def _create_verifications() -> None:
    op.create_table(
        "verifications",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=True),
        sa.Column("request_id", BIG_ID, nullable=True),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", BIG_ID, nullable=True),
        _foreign("verifications", "author_id", "authors"),
        _foreign("verifications", "conversation_id", "conversations", "SET NULL"),
        _foreign("verifications", "request_id", "form_requests", "SET NULL"),
        _foreign("verifications", "user_id", "users", "SET NULL"),
        _foreign("verifications", "revoked_by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
    )
    op.create_index("ix_verifications_author_id_id", "verifications", ["author_id", "id"])
    op.create_index(op.f("ix_verifications_conversation_id"), "verifications", ["conversation_id"])
    op.create_table(
        "known_customers",
        sa.Column("details_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("details_hash", name=op.f("pk_known_customers")),
    )


def _create_notifications_and_notes() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=True),
        sa.Column("actor_id", BIG_ID, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        _foreign("notifications", "user_id", "users"),
        _foreign("notifications", "conversation_id", "conversations"),
        _foreign("notifications", "actor_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_notifications_user_id_key")),
    )
    op.create_index("ix_notifications_user_id_id", "notifications", ["user_id", "id"])
    op.create_index(op.f("ix_notifications_conversation_id"), "notifications", ["conversation_id"])
    _partial("ix_notifications_unread", "notifications", ["user_id"], "read_at IS NULL")
    op.create_table(
        "notes",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        _foreign("notes", "conversation_id", "conversations"),
        _foreign("notes", "user_id", "users", None),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_conversation_id_id", "notes", ["conversation_id", "id"])


def _create_sign_on() -> None:
    op.create_table(
        "sign_on_providers",
        sa.Column("id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("domains", JSON, nullable=False),
        sa.Column("groups_claim", sa.String(length=80), nullable=False),
        sa.Column("groups", JSON, nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("second_factor", sa.String(length=16), nullable=False),
        sa.Column("passwords_off", sa.Boolean(), nullable=False),
        sa.Column("break_glass_id", BIG_ID, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("sign_on_providers", "break_glass_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_on_providers")),
    )
    op.create_table(
        "identities",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("identities", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer_subject")),
    )
    op.create_index(op.f("ix_identities_user_id"), "identities", ["user_id"], unique=False)


def _create_signs_and_views() -> None:
    op.create_table(
        "signs",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("tab", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("typing", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("signs", "user_id", "users"),
        _foreign("signs", "conversation_id", "conversations"),
        sa.PrimaryKeyConstraint("user_id", "tab", name=op.f("pk_signs")),
    )
    op.create_index(op.f("ix_signs_conversation_id"), "signs", ["conversation_id"])
    op.create_index(op.f("ix_signs_seen_at"), "signs", ["seen_at"])
    op.create_table(
        "seen_marks",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _foreign("seen_marks", "user_id", "users"),
        _foreign("seen_marks", "conversation_id", "conversations"),
        sa.PrimaryKeyConstraint("user_id", "conversation_id", name=op.f("pk_seen_marks")),
    )
    op.create_index(op.f("ix_seen_marks_conversation_id"), "seen_marks", ["conversation_id"])
    op.create_table(
        "saved_views",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("team_id", BIG_ID, nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("saved_views", "user_id", "users"),
        _foreign("saved_views", "team_id", "teams", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index(op.f("ix_saved_views_user_id"), "saved_views", ["user_id"])
    op.create_index(op.f("ix_saved_views_team_id"), "saved_views", ["team_id"])


def _create_snoozes_and_approvals() -> None:
    op.create_table(
        "snoozes",
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("woken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("woken_by", sa.String(length=16), nullable=False),
        _foreign("snoozes", "conversation_id", "conversations"),
        _foreign("snoozes", "user_id", "users", None),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_snoozes")),
    )
    _partial("ix_snoozes_asleep", "snoozes", ["until"], "woken_at IS NULL")
    op.create_table(
        "approvals",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("seen_post_id", BIG_ID, nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("promised_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_by", BIG_ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reply_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("approvals", "conversation_id", "conversations"),
        _foreign("approvals", "user_id", "users", None),
        _foreign("approvals", "decided_by", "users", None),
        _foreign("approvals", "reply_id", "replies", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_state_id", "approvals", ["state", "id"])
    op.create_index(op.f("ix_approvals_conversation_id"), "approvals", ["conversation_id"])
    _partial(
        "uq_approvals_submitted",
        "approvals",
        ["conversation_id", "user_id"],
        "state = 'submitted'",
        unique=True,
    )


def _create_off_platform() -> None:
    op.create_table(
        "call_backs",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("sealed_phone", sa.LargeBinary(), nullable=False),
        sa.Column("phone_hint", sa.String(length=64), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("team_id", BIG_ID, nullable=True),
        sa.Column("assignee_id", BIG_ID, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("attempt", BIG_ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_by_id", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", BIG_ID, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        _foreign("call_backs", "conversation_id", "conversations"),
        _foreign("call_backs", "team_id", "teams", "SET NULL"),
        _foreign("call_backs", "assignee_id", "users", "SET NULL"),
        _foreign("call_backs", "created_by_id", "users", None),
        _foreign("call_backs", "ended_by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_backs")),
    )
    op.create_index(op.f("ix_call_backs_conversation_id"), "call_backs", ["conversation_id"])
    op.create_index("ix_call_backs_ended_at", "call_backs", ["ended_at", "id"])
    _partial("ix_call_backs_planned", "call_backs", ["starts_at", "id"], "state = 'planned'")
    op.create_table(
        "mailboxes",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("team_id", BIG_ID, nullable=True),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("smtp_host", sa.String(length=255), nullable=False),
        sa.Column("smtp_port", BIG_ID, nullable=False),
        sa.Column("smtp_security", sa.String(length=16), nullable=False),
        sa.Column("smtp_user", sa.String(length=255), nullable=False),
        sa.Column("imap_host", sa.String(length=255), nullable=False),
        sa.Column("imap_port", BIG_ID, nullable=False),
        sa.Column("imap_security", sa.String(length=16), nullable=False),
        sa.Column("imap_user", sa.String(length=255), nullable=False),
        sa.Column("folder", sa.String(length=255), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("plus_addresses", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("uid_validity", BIG_ID, nullable=True),
        sa.Column("last_uid", BIG_ID, nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("poll_claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("problem_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("mailboxes", "team_id", "teams", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailboxes")),
        sa.UniqueConstraint("address", name=op.f("uq_mailboxes_address")),
    )
    op.create_table(
        "mail_legs",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("mailbox_id", BIG_ID, nullable=True),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("sealed_address", sa.LargeBinary(), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("address_hint", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_by_id", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("mail_legs", "conversation_id", "conversations"),
        _foreign("mail_legs", "mailbox_id", "mailboxes", "SET NULL"),
        _foreign("mail_legs", "created_by_id", "users", None),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_legs")),
        sa.UniqueConstraint("token", name=op.f("uq_mail_legs_token")),
    )
    for column in ("conversation_id", "address_hash"):
        op.create_index(op.f(f"ix_mail_legs_{column}"), "mail_legs", [column])
    _create_mails()


def _create_mails() -> None:
    op.create_table(
        "mails",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=True),
        sa.Column("post_id", BIG_ID, nullable=True),
        sa.Column("reply_id", BIG_ID, nullable=True),
        sa.Column("mailbox_id", BIG_ID, nullable=True),
        sa.Column("sealed_sender", sa.LargeBinary(), nullable=False),
        sa.Column("sender_hash", sa.String(length=64), nullable=False),
        sa.Column("sender_hint", sa.String(length=254), nullable=False),
        sa.Column("sender_name", sa.String(length=255), nullable=False),
        sa.Column("other_sender", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quoted", sa.Text(), nullable=False),
        sa.Column("left_out", JSON, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("size", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", BIG_ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        _foreign("mails", "conversation_id", "conversations", "SET NULL"),
        _foreign("mails", "post_id", "posts", "SET NULL"),
        _foreign("mails", "reply_id", "replies", "SET NULL"),
        _foreign("mails", "mailbox_id", "mailboxes", "SET NULL"),
        _foreign("mails", "decided_by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("key", name=op.f("uq_mails_key")),
    )
    for column in ("conversation_id", "post_id", "reply_id", "sender_hash"):
        op.create_index(op.f(f"ix_mails_{column}"), "mails", [column])
    _partial("ix_mails_waiting", "mails", ["id"], "state = 'waiting'")
    op.create_table(
        "mail_files",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("mail_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("size", BIG_ID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _foreign("mail_files", "mail_id", "mails"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_files")),
    )
    op.create_index(op.f("ix_mail_files_mail_id"), "mail_files", ["mail_id"])


def _create_calendars_and_policies() -> None:
    op.create_table(
        "calendars",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("team_id", BIG_ID, nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("week", JSON, nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("shared_leave", sa.Boolean(), nullable=False),
        sa.Column("added", JSON, nullable=False),
        sa.Column("removed", JSON, nullable=False),
        sa.Column("exceptions", JSON, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("calendars", "team_id", "teams"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        sa.UniqueConstraint("key", name=op.f("uq_calendars_key")),
    )
    op.create_index(op.f("ix_calendars_team_id"), "calendars", ["team_id"])
    op.create_table(
        "sla_policies",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=True),
        sa.Column("account_id", BIG_ID, nullable=True),
        sa.Column("team_id", BIG_ID, nullable=True),
        sa.Column("label", sa.String(length=64), nullable=True),
        sa.Column("priority", sa.String(length=16), nullable=True),
        sa.Column("visibility", sa.String(length=16), nullable=True),
        sa.Column("targets", JSON, nullable=False),
        sa.Column("warn_share", sa.Double(), nullable=True),
        sa.Column("warn_seconds", BIG_ID, nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=True),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("sla_policies", "account_id", "accounts"),
        _foreign("sla_policies", "team_id", "teams"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policies")),
        sa.UniqueConstraint("proposed_by", name=op.f("uq_sla_policies_proposed_by")),
    )


def _create_clocks() -> None:
    op.create_table(
        "case_events",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("post_id", BIG_ID, nullable=True),
        sa.Column("clock", sa.String(length=16), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("within_seconds", BIG_ID, nullable=True),
        sa.Column("around_the_clock", sa.Boolean(), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        _foreign("case_events", "conversation_id", "conversations"),
        _foreign("case_events", "post_id", "posts"),
        _foreign("case_events", "user_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_events")),
    )
    op.create_index(op.f("ix_case_events_conversation_id"), "case_events", ["conversation_id"])
    op.create_index(op.f("ix_case_events_post_id"), "case_events", ["post_id"])
    op.create_table(
        "clocks",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("period", BIG_ID, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=16), nullable=False),
        sa.Column("spent_seconds", BIG_ID, nullable=False),
        sa.Column("within_seconds", BIG_ID, nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("broken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("clocks", "conversation_id", "conversations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clocks")),
        sa.UniqueConstraint(
            "conversation_id", "kind", "period", name=op.f("uq_clocks_conversation_id_kind_period")
        ),
    )
    op.create_index("ix_clocks_started_at", "clocks", ["kind", "started_at"])
    running = "met_at IS NULL AND ended_at IS NULL"
    _partial("ix_clocks_to_warn", "clocks", ["warn_at"], f"{running} AND warned_at IS NULL")
    _partial("ix_clocks_to_break", "clocks", ["due_at"], f"{running} AND broken_at IS NULL")
    op.create_table(
        "clock_runs",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("after_id", BIG_ID, nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_clock_runs")),
    )


def _create_joins_and_consultations() -> None:
    op.create_table(
        "note_drafts",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("note_drafts", "user_id", "users"),
        _foreign("note_drafts", "conversation_id", "conversations"),
        sa.PrimaryKeyConstraint("user_id", "conversation_id", name=op.f("pk_note_drafts")),
    )
    op.create_index(op.f("ix_note_drafts_conversation_id"), "note_drafts", ["conversation_id"])
    op.create_table(
        "case_joins",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("other_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("posts", BIG_ID, nullable=False),
        sa.Column("kept", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", BIG_ID, nullable=True),
        _foreign("case_joins", "conversation_id", "conversations"),
        _foreign("case_joins", "user_id", "users", None),
        _foreign("case_joins", "undone_by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_joins")),
    )
    op.create_index(op.f("ix_case_joins_conversation_id"), "case_joins", ["conversation_id"])
    op.create_index(op.f("ix_case_joins_other_id"), "case_joins", ["other_id"])
    op.create_table(
        "followed_threads",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("thread_id", sa.String(length=255), nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        _foreign("followed_threads", "account_id", "accounts"),
        _foreign("followed_threads", "author_id", "authors", None),
        _foreign("followed_threads", "conversation_id", "conversations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followed_threads")),
        sa.UniqueConstraint(
            "account_id",
            "thread_id",
            "author_id",
            name=op.f("uq_followed_threads_account_id_thread_id_author_id"),
        ),
    )
    for column in ("author_id", "conversation_id"):
        name = op.f(f"ix_followed_threads_{column}")
        op.create_index(name, "followed_threads", [column])
    op.create_table(
        "consultations",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("team_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("broken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", BIG_ID, nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        _foreign("consultations", "conversation_id", "conversations"),
        _foreign("consultations", "team_id", "teams"),
        _foreign("consultations", "user_id", "users", None),
        _foreign("consultations", "answered_by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
    )
    op.create_index(op.f("ix_consultations_conversation_id"), "consultations", ["conversation_id"])
    waits = "answered_at IS NULL AND withdrawn_at IS NULL"
    _partial("ix_consultations_waiting", "consultations", ["team_id", "due_at"], waits)
    warns = f"{waits} AND broken_at IS NULL"
    _partial("ix_consultations_to_warn", "consultations", ["warn_at"], warns)


def _create_shift_notes_and_cards() -> None:
    op.create_table(
        "shift_notes",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("to_user_id", BIG_ID, nullable=True),
        sa.Column("to_team_id", BIG_ID, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", BIG_ID, nullable=True),
        _foreign("shift_notes", "user_id", "users", None),
        _foreign("shift_notes", "to_user_id", "users"),
        _foreign("shift_notes", "to_team_id", "teams"),
        _foreign("shift_notes", "confirmed_by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_notes")),
    )
    _partial("ix_shift_notes_waiting", "shift_notes", ["id"], "confirmed_at IS NULL")
    op.create_index("ix_shift_notes_user_id_id", "shift_notes", ["user_id", "id"])
    op.create_table(
        "shift_note_cases",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("shift_note_id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _foreign("shift_note_cases", "shift_note_id", "shift_notes"),
        _foreign("shift_note_cases", "conversation_id", "conversations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_note_cases")),
        sa.UniqueConstraint(
            "shift_note_id",
            "conversation_id",
            name=op.f("uq_shift_note_cases_shift_note_id_conversation_id"),
        ),
    )
    name = op.f("ix_shift_note_cases_conversation_id")
    op.create_index(name, "shift_note_cases", ["conversation_id"])
    op.create_table(
        "case_vectors",
        sa.Column("conversation_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("question_id", BIG_ID, nullable=True),
        sa.Column("answer_id", BIG_ID, nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("case_vectors", "conversation_id", "conversations"),
        _foreign("case_vectors", "question_id", "posts"),
        _foreign("case_vectors", "answer_id", "posts"),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_case_vectors")),
    )
    op.create_index(
        "ix_case_vectors_resolved", "case_vectors", ["version", "resolved_at", "conversation_id"]
    )
    op.create_index("ix_case_vectors_made", "case_vectors", ["version", "made_at"])
    for column in ("question_id", "answer_id"):
        op.create_index(op.f(f"ix_case_vectors_{column}"), "case_vectors", [column])
    op.create_table(
        "macros",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("team_id", BIG_ID, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("move_to_id", BIG_ID, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("macros", "team_id", "teams"),
        _foreign("macros", "move_to_id", "teams", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macros")),
        sa.UniqueConstraint("name", name=op.f("uq_macros_name")),
    )
    op.create_table(
        "author_cards",
        sa.Column("author_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("person_id", BIG_ID, nullable=True),
        sa.Column("tier", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("do_not_contact", sa.Boolean(), nullable=False),
        sa.Column("revision", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("author_cards", "author_id", "authors"),
        _foreign("author_cards", "person_id", "authors", "SET NULL"),
        _foreign("author_cards", "user_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("author_id", name=op.f("pk_author_cards")),
    )
    op.create_index(op.f("ix_author_cards_person_id"), "author_cards", ["person_id"])


def _create_handovers_and_followups() -> None:
    op.create_table(
        "handovers",
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invited_by", BIG_ID, nullable=True),
        sa.Column("private_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("solved_by", BIG_ID, nullable=True),
        sa.Column("by_reference", sa.Boolean(), nullable=False),
        sa.Column("closing", sa.String(length=16), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", BIG_ID, nullable=True),
        sa.Column("closing_post_id", BIG_ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("handovers", "conversation_id", "conversations"),
        _foreign("handovers", "invited_by", "users", "SET NULL"),
        _foreign("handovers", "solved_by", "users", "SET NULL"),
        _foreign("handovers", "closed_by", "users", "SET NULL"),
        _foreign("handovers", "closing_post_id", "posts", "SET NULL"),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_handovers")),
    )
    op.create_index(op.f("ix_handovers_closing_post_id"), "handovers", ["closing_post_id"])
    op.create_table(
        "ratings",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("team_id", BIG_ID, nullable=True),
        sa.Column("label", sa.String(length=64), nullable=True),
        sa.Column("agent_id", BIG_ID, nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_by", BIG_ID, nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", BIG_ID, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("post_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("ratings", "conversation_id", "conversations"),
        _foreign("ratings", "author_id", "authors", None),
        _foreign("ratings", "team_id", "teams", "SET NULL"),
        _foreign("ratings", "agent_id", "users", "SET NULL"),
        _foreign("ratings", "asked_by", "users", "SET NULL"),
        _foreign("ratings", "post_id", "posts", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
    )
    for column in ("conversation_id", "team_id", "agent_id", "answered_at", "post_id"):
        op.create_index(op.f(f"ix_ratings_{column}"), "ratings", [column])
    op.create_index("ix_ratings_author_id_answered_at", "ratings", ["author_id", "answered_at"])
    _partial("ix_ratings_waiting", "ratings", ["conversation_id"], "score IS NULL")
    op.create_table(
        "practice_answers",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("expected", sa.String(length=64), nullable=False),
        sa.Column("team_id", BIG_ID, nullable=True),
        sa.Column("expected_team_id", BIG_ID, nullable=True),
        sa.Column("right_team", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("findings", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("practice_answers", "user_id", "users"),
        _foreign("practice_answers", "post_id", "posts"),
        _foreign("practice_answers", "team_id", "teams", "SET NULL"),
        _foreign("practice_answers", "expected_team_id", "teams", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_answers")),
        sa.UniqueConstraint("user_id", "post_id", name=op.f("uq_practice_answers_user_id_post_id")),
    )
    op.create_index(op.f("ix_practice_answers_post_id"), "practice_answers", ["post_id"])
    op.create_table(
        "testimonials",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", BIG_ID, nullable=True),
        sa.Column("consent_post_id", BIG_ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", BIG_ID, nullable=True),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("consent_url", sa.Text(), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=True),
        _foreign("testimonials", "conversation_id", "conversations"),
        _foreign("testimonials", "author_id", "authors", None),
        _foreign("testimonials", "post_id", "posts"),
        _foreign("testimonials", "asked_by", "users", "SET NULL"),
        _foreign("testimonials", "consent_post_id", "posts", "SET NULL"),
        _foreign("testimonials", "decided_by", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_testimonials")),
        sa.UniqueConstraint("post_id", name=op.f("uq_testimonials_post_id")),
    )
    for column in ("conversation_id", "author_id", "consent_post_id"):
        op.create_index(op.f(f"ix_testimonials_{column}"), "testimonials", [column])
    op.create_index("ix_testimonials_state_id", "testimonials", ["state", "id"])


def _create_tokens_and_endpoints() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=16), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_from", sa.String(length=64), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", BIG_ID, nullable=True),
        _foreign("api_tokens", "user_id", "users"),
        _foreign("api_tokens", "revoked_by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"], unique=False)
    op.create_table(
        "endpoints",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", JSON, nullable=False),
        sa.Column("with_texts", sa.Boolean(), nullable=False),
        sa.Column("sealed_secrets", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_for", sa.String(length=16), nullable=False),
        sa.Column("failures", BIG_ID, nullable=False),
        sa.Column("created_by_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("endpoints", "created_by_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
    )
    _create_endpoint_messages()


def _create_endpoint_messages() -> None:
    table = "endpoint_messages"
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("uid", sa.String(length=40), nullable=False),
        sa.Column("endpoint_id", BIG_ID, nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=True),
        sa.Column("post_id", BIG_ID, nullable=True),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("occasion", sa.String(length=160), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", BIG_ID, nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        _foreign(table, "endpoint_id", "endpoints"),
        _foreign(table, "conversation_id", "conversations"),
        _foreign(table, "post_id", "posts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint_messages")),
        sa.UniqueConstraint("uid", name=op.f("uq_endpoint_messages_uid")),
        sa.UniqueConstraint(
            "endpoint_id",
            "type",
            "occasion",
            name=op.f("uq_endpoint_messages_endpoint_id_type_occasion"),
        ),
    )
    for column in ("conversation_id", "post_id", "occurred_at"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    op.create_index(f"ix_{table}_endpoint_id_id", table, ["endpoint_id", "id"], unique=False)
    _partial(f"ix_{table}_pending", table, ["next_try_at", "id"], "state = 'pending'")
    op.create_table(
        "endpoint_attempts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("message_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", BIG_ID, nullable=True),
        sa.Column("error", sa.String(length=255), nullable=False),
        sa.Column("milliseconds", BIG_ID, nullable=False),
        sa.Column("request_head", sa.Text(), nullable=False),
        sa.Column("response_head", sa.Text(), nullable=False),
        _foreign("endpoint_attempts", "message_id", "endpoint_messages"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint_attempts")),
    )
    op.create_index(
        op.f("ix_endpoint_attempts_message_id"), "endpoint_attempts", ["message_id"], unique=False
    )


def _create_privacy() -> None:
    op.create_table(
        "suppressions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        sa.Column("key_hint", sa.String(length=16), nullable=False),
        sa.Column("author_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("suppressions", "author_id", "authors", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
        sa.UniqueConstraint("channel", "id_hash", name=op.f("uq_suppressions_channel_id_hash")),
    )
    op.create_index(op.f("ix_suppressions_author_id"), "suppressions", ["author_id"])
    op.create_table(
        "erasures",
        sa.Column("id", BIG_ID, nullable=False),
        *(sa.Column(name, JSON, nullable=False) for name in ("author_ids", "identities")),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("asked_by", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        *(sa.Column(name, BIG_ID, nullable=False) for name in ("done_steps", "all_steps")),
        *(sa.Column(name, JSON, nullable=False) for name in ("before", "counts", "left")),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        _foreign("erasures", "user_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    _partial("ix_erasures_unfinished", "erasures", ["id"], "state IN ('queued', 'running')")
    op.create_table(
        "person_exports",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("size", BIG_ID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("downloaded_at", sa.DateTime(timezone=True), nullable=True),
        _foreign("person_exports", "author_id", "authors"),
        _foreign("person_exports", "user_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_exports")),
    )
    for name in ("author_id", "expires_at"):
        op.create_index(op.f(f"ix_person_exports_{name}"), "person_exports", [name])
    op.create_table(
        "retention_rules",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("account_id", BIG_ID, nullable=True),
        *(
            sa.Column(name, BIG_ID, nullable=True)
            for name in ("text_days", "profile_days", "beside_days")
        ),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.Column(name, BIG_ID, nullable=False) for name in ("posts", "authors", "beside")),
        _foreign("retention_rules", "account_id", "accounts"),
        _foreign("retention_rules", "user_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rules")),
    )
    op.create_index("ix_retention_rules_account_id", "retention_rules", ["account_id"])
    _partial(
        "uq_retention_rules_channel",
        "retention_rules",
        ["channel"],
        "account_id IS NULL",
        unique=True,
    )
    _partial(
        "uq_retention_rules_account",
        "retention_rules",
        ["account_id"],
        "account_id IS NOT NULL",
        unique=True,
    )


def _create_reply_attachments() -> None:
    op.create_table(
        "reply_attachments",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("reply_id", BIG_ID, nullable=True),
        sa.Column("approval_id", BIG_ID, nullable=True),
        sa.Column("part", BIG_ID, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("width", BIG_ID, nullable=False),
        sa.Column("height", BIG_ID, nullable=False),
        sa.Column("size", BIG_ID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("reply_attachments", "conversation_id", "conversations"),
        _foreign("reply_attachments", "user_id", "users"),
        _foreign("reply_attachments", "reply_id", "replies"),
        _foreign("reply_attachments", "approval_id", "approvals"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_attachments")),
    )
    op.create_index(
        "ix_reply_attachments_conversation_id_user_id",
        "reply_attachments",
        ["conversation_id", "user_id"],
    )
    for column in ("reply_id", "approval_id"):
        name = op.f(f"ix_reply_attachments_{column}")
        op.create_index(name, "reply_attachments", [column])


def upgrade() -> None:
    op.create_table(
        "authors",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("handle", sa.String(length=255), nullable=False),
        sa.Column("followers", BIG_ID, nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("avatar_url", sa.Text(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authors")),
        sa.UniqueConstraint("channel", "external_id", name=op.f("uq_authors_channel_external_id")),
    )
    nameless = "name = '' AND handle = '' AND looked_up_at IS NULL"
    op.create_index(
        "ix_authors_nameless",
        "authors",
        ["channel", "first_seen_at"],
        unique=False,
        sqlite_where=sa.text(nameless),
        postgresql_where=sa.text(nameless),
    )
    op.create_table(
        "channel_apps",
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("config", JSON, nullable=False),
        sa.Column("sealed_secrets", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_apps")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("query", JSON, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", BIG_ID, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("plugin_version", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("channel", "body_hash", name=op.f("uq_deliveries_channel_body_hash")),
    )
    op.create_index(
        "ix_deliveries_pending",
        "deliveries",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_deliveries_replayed",
        "deliveries",
        ["id"],
        unique=False,
        sqlite_where=sa.text("attempts > 1"),
        postgresql_where=sa.text("attempts > 1"),
    )
    op.create_index(
        "ix_deliveries_dead",
        "deliveries",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )

    op.create_table(
        "teams",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name_id", sa.String(length=255), nullable=False),
        sa.Column("name_en", sa.String(length=255), nullable=False),
        sa.Column("blocking", JSON, nullable=False),
        sa.Column("forbidden", JSON, nullable=False),
        sa.Column("gives_out", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("key", name=op.f("uq_teams_key")),
    )
    op.create_table(
        "users",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("initials", sa.String(length=8), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("only_teams", JSON, nullable=False),
        sa.Column("only_accounts", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("initials", name=op.f("uq_users_initials")),
    )
    op.create_table(
        "accounts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("handle", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("state_cause", sa.String(length=32), nullable=False),
        sa.Column("config", JSON, nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=True),
        sa.Column("token_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connected_by_id", BIG_ID, nullable=True),
        sa.Column("webhook_subscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("poll_cursor", sa.Text(), nullable=True),
        sa.Column("poll_claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rechecked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recheck_claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("health_status", sa.String(length=16), nullable=False),
        sa.Column("health_detail", sa.Text(), nullable=False),
        sa.Column("health_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_cap_micro_usd", BIG_ID, nullable=True),
        sa.Column("read_cap_reads", BIG_ID, nullable=True),
        sa.Column("read_warned_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connected_by_id"],
            ["users.id"],
            name=op.f("fk_accounts_connected_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("channel", "external_id", name=op.f("uq_accounts_channel_external_id")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_type", sa.String(length=64), nullable=False),
        sa.Column("object_id", sa.String(length=255), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.Column("remote_address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_audit_entries_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_action"), "audit_entries", ["action"], unique=False)
    op.create_index(
        "ix_audit_entries_object",
        "audit_entries",
        ["object_type", "object_id", "id"],
        unique=False,
    )
    op.create_index("ix_audit_entries_user_id_id", "audit_entries", ["user_id", "id"], unique=False)

    op.create_table(
        "rules",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", BIG_ID, nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("position", BIG_ID, nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("author_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_rules_author_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_rules_key_version")),
    )
    op.create_index(
        "uq_rules_current",
        "rules",
        ["key"],
        unique=True,
        sqlite_where=sa.text("current"),
        postgresql_where=sa.text("current"),
    )

    op.create_table(
        "team_members",
        sa.Column("team_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_team_members_team_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_team_members_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_team_members")),
    )
    op.create_index(op.f("ix_team_members_user_id"), "team_members", ["user_id"], unique=False)
    op.create_table(
        "staff",
        sa.Column("user_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("capacity", BIG_ID, nullable=False),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("platforms", JSON, nullable=False),
        sa.Column("products", JSON, nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_staff_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_staff")),
    )
    op.create_table(
        "shifts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("weekday", BIG_ID, nullable=False),
        sa.Column("starts", BIG_ID, nullable=False),
        sa.Column("ends", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_shifts_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    op.create_index("ix_shifts_user_id", "shifts", ["user_id"], unique=False)

    op.create_table(
        "shift_exceptions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts", BIG_ID, nullable=True),
        sa.Column("ends", BIG_ID, nullable=True),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_shift_exceptions_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_exceptions")),
    )
    op.create_index(
        "ix_shift_exceptions_user_id_last_day",
        "shift_exceptions",
        ["user_id", "last_day"],
        unique=False,
    )

    op.create_table(
        "presences",
        sa.Column("user_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_presences_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_presences")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("team_ids", JSON, nullable=False),
        sa.Column("only_teams", JSON, nullable=False),
        sa.Column("only_accounts", JSON, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("invited_by_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["invited_by_id"],
            ["users.id"],
            name=op.f("fk_invitations_invited_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index(op.f("ix_invitations_email"), "invitations", ["email"], unique=False)

    op.create_table(
        "second_factors",
        sa.Column("user_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", BIG_ID, nullable=False),
        sa.Column("recovery_hashes", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_second_factors_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
    )

    op.create_table(
        "sign_ins",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("epoch", BIG_ID, nullable=False),
        sa.Column("device", sa.String(length=255), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_sign_ins_key_hash")),
    )
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"], unique=False)

    op.create_table(
        "connect_attempts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_connect_attempts_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_connect_attempts_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connect_attempts")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_connect_attempts_state_hash")),
    )
    op.create_table(
        "retention_marks",
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("delivery_id", BIG_ID, nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posts", BIG_ID, nullable=False),
        sa.Column("deliveries", BIG_ID, nullable=False),
        sa.Column("authors", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_retention_marks")),
    )
    op.create_table(
        "billed_reads",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_billed_reads_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billed_reads")),
        sa.UniqueConstraint(
            "account_id",
            "day",
            "external_id",
            name=op.f("uq_billed_reads_account_id_day_external_id"),
        ),
    )
    op.create_index(op.f("ix_billed_reads_day"), "billed_reads", ["day"], unique=False)

    op.create_table(
        "recheck_marks",
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("age_s", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_recheck_marks_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "age_s", name=op.f("pk_recheck_marks")),
    )

    op.create_table(
        "gaps",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("recovered", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_gaps_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
    )
    op.create_index(
        "ix_gaps_account_id_started_at", "gaps", ["account_id", "started_at"], unique=False
    )

    op.create_table(
        "plugin_states",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("operation", sa.String(length=64), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("failures", BIG_ID, nullable=False),
        sa.Column("total", BIG_ID, nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retry_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_states")),
        sa.UniqueConstraint(
            "channel",
            "account_id",
            "operation",
            name=op.f("uq_plugin_states_channel_account_id_operation"),
        ),
    )

    op.create_table(
        "read_days",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reads", BIG_ID, nullable=False),
        sa.Column("micro_usd", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_read_days_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_days")),
        sa.UniqueConstraint("account_id", "day", name=op.f("uq_read_days_account_id_day")),
    )

    op.create_table(
        "conversations",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("thread_id", sa.String(length=255), nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("priority", BIG_ID, nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("team_id", BIG_ID, nullable=True),
        sa.Column("assignee_id", BIG_ID, nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", BIG_ID, nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("snippet", sa.Text(), nullable=False),
        sa.Column("post_count", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_post_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("last_inbound_id", BIG_ID, nullable=True),
        sa.Column("handover", sa.String(length=16), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_due", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_conversations_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["users.id"],
            name=op.f("fk_conversations_assignee_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["authors.id"], name=op.f("fk_conversations_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_conversations_team_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint(
            "account_id",
            "thread_id",
            "author_id",
            name=op.f("uq_conversations_account_id_thread_id_author_id"),
        ),
    )
    _partial(
        "ix_conversations_due", "conversations", ["next_due_at", "id"], "next_due_at IS NOT NULL"
    )
    op.create_index(
        "ix_conversations_assignee",
        "conversations",
        ["assignee_id", "state", "last_post_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_conversations_author_id"), "conversations", ["author_id"], unique=False
    )
    op.create_index(
        "ix_conversations_list", "conversations", ["state", "last_post_at", "id"], unique=False
    )
    op.create_index(
        "ix_conversations_newest", "conversations", ["last_post_at", "id"], unique=False
    )
    op.create_index(
        "ix_conversations_tagged",
        "conversations",
        ["tags"],
        postgresql_using="gin",
        sqlite_where=sa.text("tags <> '[]'"),
        postgresql_where=sa.text("tags <> '[]'"),
    )
    _partial(
        "ix_conversations_resolved",
        "conversations",
        ["resolved_at", "id"],
        "resolved_at IS NOT NULL",
    )
    op.create_index(
        "ix_conversations_team",
        "conversations",
        ["team_id", "state", "last_post_at", "id"],
        unique=False,
    )

    op.create_table(
        "early_events",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_early_events_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_early_events")),
        sa.UniqueConstraint(
            "account_id",
            "external_id",
            "kind",
            name=op.f("uq_early_events_account_id_external_id_kind"),
        ),
    )
    op.create_index(
        op.f("ix_early_events_received_at"), "early_events", ["received_at"], unique=False
    )

    op.create_table(
        "changes",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_at"), "changes", ["at"], unique=False)

    op.create_table(
        "merged_conversations",
        sa.Column("id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("into_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["into_id"],
            ["conversations.id"],
            name=op.f("fk_merged_conversations_into_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merged_conversations")),
    )
    op.create_index(
        op.f("ix_merged_conversations_into_id"), "merged_conversations", ["into_id"], unique=False
    )

    op.create_table(
        "posts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=True),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("delivery_id", BIG_ID, nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("thread_id", sa.String(length=255), nullable=False),
        sa.Column("in_reply_to", sa.String(length=255), nullable=True),
        sa.Column("parent_id", BIG_ID, nullable=True),
        sa.Column("quoted_id", sa.String(length=255), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("from_us", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("revision", BIG_ID, nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("liked", sa.Boolean(), nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("mentions", JSON, nullable=False),
        sa.Column("metrics", JSON, nullable=False),
        sa.Column("attachments", JSON, nullable=False),
        sa.Column("triage", sa.String(length=16), nullable=False),
        sa.Column("triage_claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_posts_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_posts_author_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_posts_conversation_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_posts_delivery_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["posts.id"], name=op.f("fk_posts_parent_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint(
            "account_id", "external_id", name=op.f("uq_posts_account_id_external_id")
        ),
    )
    op.create_index(
        "ix_posts_account_id_thread_id", "posts", ["account_id", "thread_id"], unique=False
    )
    op.create_index(op.f("ix_posts_author_id"), "posts", ["author_id"], unique=False)
    op.create_index(
        "ix_posts_deleted",
        "posts",
        ["deleted_at"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NOT NULL AND purged_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL AND purged_at IS NULL"),
    )
    op.create_index(
        "ix_posts_conversation_id_posted_at",
        "posts",
        ["conversation_id", "posted_at"],
        unique=False,
    )
    op.create_index(op.f("ix_posts_delivery_id"), "posts", ["delivery_id"], unique=False)
    op.create_index(
        "ix_posts_orphans",
        "posts",
        ["account_id", "in_reply_to"],
        unique=False,
        sqlite_where=sa.text("parent_id IS NULL AND in_reply_to IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NULL AND in_reply_to IS NOT NULL"),
    )
    op.create_index(
        "ix_posts_parent_id",
        "posts",
        ["parent_id"],
        unique=False,
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "ix_posts_triage_pending",
        "posts",
        ["id"],
        unique=False,
        sqlite_where=sa.text("triage = 'pending'"),
        postgresql_where=sa.text("triage = 'pending'"),
    )

    op.create_table(
        "corrections",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("from_label", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_corrections_post_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_corrections_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_post_id"), "corrections", ["post_id"], unique=False)

    op.create_table(
        "drafts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("seen_post_id", BIG_ID, nullable=True),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("promised_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_drafts_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["seen_post_id"], ["posts.id"], name=op.f("fk_drafts_seen_post_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_drafts_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint(
            "conversation_id", "user_id", name=op.f("uq_drafts_conversation_id_user_id")
        ),
    )
    op.create_table(
        "post_aliases",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_post_aliases_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_aliases_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_aliases")),
        sa.UniqueConstraint(
            "account_id", "external_id", name=op.f("uq_post_aliases_account_id_external_id")
        ),
    )
    op.create_index(op.f("ix_post_aliases_post_id"), "post_aliases", ["post_id"], unique=False)
    op.create_table(
        "post_revisions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("revision", BIG_ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_revisions_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_revisions")),
        sa.UniqueConstraint("post_id", "revision", name=op.f("uq_post_revisions_post_id_revision")),
    )
    op.create_table(
        "post_previews",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("number", BIG_ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("error_code", sa.String(length=32), nullable=False),
        sa.Column("attempts", BIG_ID, nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("width", BIG_ID, nullable=False),
        sa.Column("height", BIG_ID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _foreign("post_previews", "post_id", "posts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_previews")),
        sa.UniqueConstraint("post_id", "number", name=op.f("uq_post_previews_post_id_number")),
    )
    _partial("ix_post_previews_pending", "post_previews", ["next_try_at"], "state = 'pending'")
    op.create_table(
        "moderations",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", BIG_ID, nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_moderations_post_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_moderations_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderations")),
    )
    op.create_index(op.f("ix_moderations_post_id"), "moderations", ["post_id"], unique=False)
    op.create_index(
        "ix_moderations_state_next_try_at", "moderations", ["state", "next_try_at"], unique=False
    )
    op.create_index(
        "uq_moderations_open",
        "moderations",
        ["post_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )

    op.create_table(
        "private_legs",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("account_id", BIG_ID, nullable=False),
        sa.Column("thread_id", sa.String(length=255), nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_private_legs_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_private_legs_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_legs")),
        sa.UniqueConstraint(
            "account_id", "thread_id", name=op.f("uq_private_legs_account_id_thread_id")
        ),
    )
    op.create_index(
        op.f("ix_private_legs_conversation_id"), "private_legs", ["conversation_id"], unique=False
    )

    op.create_table(
        "replies",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("in_reply_to_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("promised_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", BIG_ID, nullable=False),
        sa.Column("lookups", BIG_ID, nullable=False),
        sa.Column("overrides_wish", sa.Boolean(), nullable=False),
        sa.Column("send_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("post_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_replies_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["in_reply_to_id"], ["posts.id"], name=op.f("fk_replies_in_reply_to_id")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_replies_post_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_replies_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_replies_idempotency_key")),
    )
    op.create_index(
        op.f("ix_replies_conversation_id"), "replies", ["conversation_id"], unique=False
    )
    op.create_index(
        "ix_replies_state_next_try_at", "replies", ["state", "next_try_at"], unique=False
    )

    op.create_table(
        "reply_parts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("reply_id", BIG_ID, nullable=False),
        sa.Column("number", BIG_ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("post_id", BIG_ID, nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_reply_parts_post_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["reply_id"], ["replies.id"], name=op.f("fk_reply_parts_reply_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_parts")),
        sa.UniqueConstraint("reply_id", "number", name=op.f("uq_reply_parts_reply_id_number")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_reply_parts_idempotency_key")),
    )
    op.create_index(op.f("ix_reply_parts_post_id"), "reply_parts", ["post_id"], unique=False)

    op.create_table(
        "action_runs",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("rule_key", sa.String(length=64), nullable=False),
        sa.Column("rule_version", BIG_ID, nullable=False),
        sa.Column("occasion", sa.String(length=128), nullable=False),
        sa.Column("number", BIG_ID, nullable=False),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("values", JSON, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", BIG_ID, nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_action_runs_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_runs")),
        sa.UniqueConstraint(
            "post_id",
            "rule_key",
            "rule_version",
            "occasion",
            "number",
            name="uq_action_runs_once",
        ),
    )
    op.create_index(
        "ix_action_runs_state_next_try_at", "action_runs", ["state", "next_try_at"], unique=False
    )

    op.create_table(
        "rule_runs",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("revision", BIG_ID, nullable=False),
        sa.Column("rule_key", sa.String(length=64), nullable=False),
        sa.Column("rule_version", BIG_ID, nullable=False),
        sa.Column("trigger", sa.String(length=32), nullable=False),
        sa.Column("occasion", sa.String(length=128), nullable=False),
        sa.Column("matched", sa.Boolean(), nullable=False),
        sa.Column("actions", JSON, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_rule_runs_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_runs")),
        sa.UniqueConstraint(
            "post_id",
            "revision",
            "rule_key",
            "rule_version",
            "trigger",
            "occasion",
            name="uq_rule_runs_once",
        ),
    )
    op.create_index(
        "ix_rule_runs_rule_key_created_at", "rule_runs", ["rule_key", "created_at"], unique=False
    )
    op.create_table(
        "rule_orders",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("rules", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_orders")),
        sa.UniqueConstraint("digest", name=op.f("uq_rule_orders_digest")),
    )
    op.create_table(
        "schedule_marks",
        sa.Column("rule_key", sa.String(length=64), nullable=False),
        sa.Column("ran_for", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("rule_key", name=op.f("pk_schedule_marks")),
    )
    op.create_table(
        "named_lists",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name_id", sa.String(length=255), nullable=False),
        sa.Column("name_en", sa.String(length=255), nullable=False),
        sa.Column("entries", JSON, nullable=False),
        sa.Column("author_id", BIG_ID, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_named_lists_author_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_named_lists")),
        sa.UniqueConstraint("key", name=op.f("uq_named_lists_key")),
    )
    op.create_table(
        "answer_templates",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("formality", sa.String(length=16), nullable=False),
        sa.Column("labels", JSON, nullable=False),
        sa.Column("channels", JSON, nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("revision", BIG_ID, nullable=False),
        sa.Column("author_id", BIG_ID, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["users.id"],
            name=op.f("fk_answer_templates_author_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_templates")),
        sa.UniqueConstraint("key", "language", name=op.f("uq_answer_templates_key_language")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=True),
        sa.Column("rule_key", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["users.id"], name=op.f("fk_alerts_closed_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_alerts_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("key", name=op.f("uq_alerts_key")),
    )
    op.create_index(op.f("ix_alerts_conversation_id"), "alerts", ["conversation_id"], unique=False)
    op.create_index(
        "ix_alerts_open",
        "alerts",
        ["id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "handlings",
        sa.Column("conversation_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("assignee_id", BIG_ID, nullable=True),
        sa.Column("by_load", sa.Boolean(), nullable=False),
        sa.Column("skills", JSON, nullable=False),
        sa.Column("sticky", sa.Boolean(), nullable=False),
        sa.Column("tone", sa.String(length=16), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["users.id"],
            name=op.f("fk_handlings_assignee_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_handlings_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_handlings")),
    )
    op.create_table(
        "considerations",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("revision", BIG_ID, nullable=False),
        sa.Column("trigger", sa.String(length=32), nullable=False),
        sa.Column("occasion", sa.String(length=128), nullable=False),
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("reached", BIG_ID, nullable=False),
        sa.Column("inputs", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["rule_orders.id"], name=op.f("fk_considerations_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_considerations_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_considerations")),
        sa.UniqueConstraint(
            "post_id",
            "revision",
            "trigger",
            "occasion",
            name=op.f("uq_considerations_post_id_revision_trigger_occasion"),
        ),
    )
    op.create_table(
        "growths",
        sa.Column("post_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("total", BIG_ID, nullable=False),
        sa.Column("per_hour", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_growths_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_growths")),
    )
    op.create_table(
        "rule_events",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("trigger", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=True),
        sa.Column("rule_key", sa.String(length=64), nullable=False),
        sa.Column("occasion", sa.String(length=128), nullable=False),
        sa.Column("chain", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_rule_events_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_rule_events_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_events")),
        sa.UniqueConstraint(
            "conversation_id",
            "trigger",
            "occasion",
            name=op.f("uq_rule_events_conversation_id_trigger_occasion"),
        ),
    )
    op.create_index("ix_rule_events_created_at", "rule_events", ["created_at"], unique=False)
    op.create_index(
        "ix_rule_events_pending",
        "rule_events",
        ["id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(op.f("ix_rule_events_post_id"), "rule_events", ["post_id"], unique=False)
    op.create_table(
        "verdicts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("revision", BIG_ID, nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("probabilities", JSON, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_verdicts_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
        sa.UniqueConstraint(
            "post_id",
            "revision",
            "model_version",
            name=op.f("uq_verdicts_post_id_revision_model_version"),
        ),
    )
    op.create_table(
        "models",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("folder", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("labels", JSON, nullable=False),
        sa.Column("label_names", JSON, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shadow_cursor", BIG_ID, nullable=False),
        sa.Column("shadow_failed", BIG_ID, nullable=False),
        sa.Column("shadow_dropped", BIG_ID, nullable=False),
        sa.Column("shadow_error", sa.Text(), nullable=False),
        sa.Column("shadow_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_models")),
        sa.UniqueConstraint("version", name=op.f("uq_models_version")),
    )
    op.create_table(
        "model_events",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("follows", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("model_id", BIG_ID, nullable=True),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("forced", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_model_events_model_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_model_events_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_events")),
        sa.UniqueConstraint("follows", name=op.f("uq_model_events_follows")),
    )
    op.create_index("ix_model_events_kind", "model_events", ["kind", "id"], unique=False)
    op.create_table(
        "label_requests",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("position", BIG_ID, nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("guess", sa.String(length=64), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_label_requests_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_requests")),
        sa.UniqueConstraint("post_id", name=op.f("uq_label_requests_post_id")),
    )
    op.create_index(
        op.f("ix_label_requests_position"), "label_requests", ["position"], unique=False
    )
    op.create_table(
        "shadow_verdicts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("model_id", BIG_ID, nullable=False),
        sa.Column("verdict_id", BIG_ID, nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["models.id"],
            name=op.f("fk_shadow_verdicts_model_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["verdict_id"],
            ["verdicts.id"],
            name=op.f("fk_shadow_verdicts_verdict_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_verdicts")),
        sa.UniqueConstraint(
            "model_id", "verdict_id", name=op.f("uq_shadow_verdicts_model_id_verdict_id")
        ),
    )
    op.create_index(
        "ix_shadow_verdicts_agrees", "shadow_verdicts", ["model_id", "agrees", "id"], unique=False
    )
    op.create_index(
        op.f("ix_shadow_verdicts_verdict_id"), "shadow_verdicts", ["verdict_id"], unique=False
    )
    _create_notifications_and_notes()
    _create_sign_on()
    _create_signs_and_views()
    _create_snoozes_and_approvals()
    _create_reply_attachments()
    _create_calendars_and_policies()
    _create_clocks()
    _create_company_and_links()
    _create_forms()
    _create_verifications()
    _create_off_platform()
    _create_joins_and_consultations()
    _create_shift_notes_and_cards()
    op.create_table(
        "tone_profiles",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("account_id", BIG_ID, nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_tone_profiles_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tone_profiles")),
    )
    for name, columns, where in (
        ("ux_tone_profiles_channel", ["channel", "language"], "account_id IS NULL"),
        ("ux_tone_profiles_account", ["account_id", "language"], "account_id IS NOT NULL"),
    ):
        op.create_index(
            name,
            "tone_profiles",
            columns,
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    _partial("ix_conversations_owed", "conversations", ["last_post_at", "id"], "handover = 'owed'")
    _create_handovers_and_followups()
    _create_tokens_and_endpoints()
    _create_privacy()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE_SEARCH if sqlite else POSTGRESQL_SEARCH:
        op.execute(statement)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE_SEARCH_DROPS if sqlite else ("DROP TABLE post_search",):
        op.execute(statement)
    for table in reversed(TABLES):
        op.drop_table(table)
    for function in () if sqlite else POSTGRESQL_FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
