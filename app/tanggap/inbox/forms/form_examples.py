"""A form to begin with: what most companies ask of a customer whose goods are damaged."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from tanggap.inbox.forms.form_fields import FieldKind, FormDefinition, FormField
from tanggap.inbox.forms.forms import save_form
from tanggap.store.forms import Form

DAMAGED: Final = FormDefinition(
    intro_id="Bantu kami menelusuri pesanan Anda. Data ini hanya dibaca petugas kami.",
    intro_en="Help us to look into your order. Only our people read this.",
    fields=(
        FormField(
            key="order",
            kind=FieldKind.ORDER,
            label_id="Nomor pesanan",
            label_en="Order number",
            help_id="Ada di e-mail konfirmasi Anda.",
            help_en="It stands in your confirmation e-mail.",
        ),
        FormField(
            key="what",
            kind=FieldKind.CHOICE,
            label_id="Apa yang terjadi?",
            label_en="What happened?",
            choices=(
                ("Barang rusak", "Damaged"),
                ("Barang tidak lengkap", "Incomplete"),
                ("Barang belum tiba", "Not arrived"),
            ),
        ),
        FormField(
            key="words",
            kind=FieldKind.LONG_TEXT,
            label_id="Ceritakan dengan singkat",
            label_en="Tell us in a few words",
            required=False,
        ),
        FormField(
            key="photo",
            kind=FieldKind.PHOTO,
            label_id="Foto barang",
            label_en="Photo of the goods",
            required=False,
        ),
    ),
)


def make_example(session: Session) -> Form:
    """Make the form."""
    return save_form(
        session,
        None,
        name_id="Masalah pesanan",
        name_en="Problem with an order",
        definition=DAMAGED,
    )
