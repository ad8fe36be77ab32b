"""Words that make a text formal or casual, and phrases that show a part of an answer.

Written for customer care in Indonesia; `tests/rules/tone/formality.yaml` measures how far they
carry.
"""

from __future__ import annotations

from typing import Final

CASUAL: Final[dict[str, tuple[str, ...]]] = {
    "id": (
        *("gak", "ga", "nggak", "ngga", "enggak", "gk", "tak", "kagak"),
        *("udah", "udh", "dah", "blm", "belom", "aja", "aj", "doang", "banget", "bgt"),
        *("kok", "sih", "dong", "deh", "nih", "tuh", "lho", "loh", "yuk", "yah", "kan"),
        *("gimana", "gmn", "kenapa ya", "ngapain", "gitu", "gini", "emang", "pake", "bikin"),
        *("makasih", "makasi", "thanks", "thx", "oke", "ok", "sip", "siap", "hai", "halo", "hi"),
        *("kak", "kakak", "min", "mimin", "gan", "sis", "bro", "bang", "sobat", "bund"),
        *("kamu", "lo", "lu", "elo", "gue", "gua", "aku", "kita", "biar", "cuma", "cuman"),
        *("nanti", "entar", "ntar", "bentar", "cek", "kasih", "tau", "liat", "nunggu", "ngecek"),
        *("nyampe", "dateng", "ngabarin", "kabarin", "bantuin", "tungguin", "beresin", "soalnya"),
        *("hehe", "wkwk", "haha", "asyik", "keren", "mantap", "kece", "seru", "japri"),
        *("kalo", "klo", "abis", "trus", "terus", "sama", "buat", "yg", "dgn", "utk", "dm"),
    ),
    "en": (
        *("hey", "hi", "hiya", "yeah", "yep", "yup", "nope", "ok", "okay", "cool", "awesome"),
        *("gonna", "wanna", "gotta", "kinda", "lemme", "dunno", "ya", "cuz", "coz", "u", "ur"),
        *("thanks", "thx", "ta", "cheers", "sorry", "oops", "whoops", "yikes", "ugh", "lol"),
        *("guys", "folks", "mate", "buddy", "dude", "bro", "stuff", "loads", "tons", "super"),
        *("no worries", "no problem", "hang tight", "heads up", "asap", "btw", "fyi", "pls"),
        *("drop us", "ping us", "give us a shout", "pop us", "shoot us", "sort it", "fix it"),
        *("totally", "really", "pretty much", "a bit", "get back to you", "check out", "bummer"),
        *("glad", "happy", "love", "great", "dm", "app's", "you guys", "right away", "just"),
    ),
}
"""Casual words; contractions in English count as well."""

FORMAL: Final[dict[str, tuple[str, ...]]] = {
    "id": (
        *("anda", "bapak", "ibu", "saudara", "saudari", "yang terhormat", "dengan hormat"),
        *("mohon", "dimohon", "silakan", "berkenan", "kiranya", "bersedia", "menghubungi"),
        *("terima kasih", "permohonan maaf", "memohon maaf", "menyampaikan", "sampaikan"),
        *("kami", "telah", "sedang", "akan", "dapat", "tidak", "belum", "apabila", "jika"),
        *("terkait", "mengenai", "perihal", "sehubungan", "berdasarkan", "atas", "tersebut"),
        *("melalui", "kepada", "bahwa", "agar", "guna", "serta", "demikian", "selanjutnya"),
        *("ketidaknyamanan", "kendala", "penanganan", "pengecekan", "penelusuran", "proses"),
        *("hormat kami", "salam hormat", "perhatian", "kesediaan", "kerja sama", "informasi"),
        *("menindaklanjuti", "ditindaklanjuti", "memastikan", "diperlukan", "selambat-lambatnya"),
        *("pelanggan", "layanan", "perusahaan", "bersama ini", "terlampir", "sesuai"),
    ),
    "en": (
        *("dear", "sincerely", "kind regards", "yours faithfully", "regards", "respectfully"),
        *("kindly", "please", "would", "could", "may", "shall", "should you", "we would"),
        *("apologise", "apologize", "apologies", "apology", "regret", "inconvenience"),
        *("regarding", "concerning", "with respect to", "in relation to", "pursuant", "herewith"),
        *("further", "furthermore", "however", "therefore", "accordingly", "upon", "prior to"),
        *("assist", "assistance", "ensure", "provide", "receive", "obtain", "require", "resolve"),
        *("we are", "we have", "we will", "it is", "do not", "cannot", "you are", "you have"),
        *("appreciate", "grateful", "thank you", "opportunity", "enquiry", "inquiry", "matter"),
        *("investigate", "investigation", "escalated", "correspondence", "at your convenience"),
        *("team is", "working days", "business days", "representative", "valued", "customer"),
    ),
}
"""Formal words."""

PARTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "acknowledge": {
        "id": (
            *("terima kasih", "makasih", "trims", "kami sudah terima", "kami terima"),
            *("kami paham", "kami mengerti", "kami memahami", "kami sudah baca", "kami membaca"),
            *("laporannya", "laporan", "infonya", "informasinya", "masukannya", "kabarnya"),
            *("kendalanya", "keluhannya", "kami lihat", "kami dengar"),
        ),
        "en": (
            *("thank you", "thanks", "we understand", "we hear you", "we have received"),
            *("we've received", "we see", "we've seen", "for letting us know", "for reaching out"),
            *("for telling us", "for flagging", "for the report", "your report"),
        ),
    },
    "apologise": {
        "id": ("maaf", "mohon maaf", "maafkan", "maafin", "permohonan maaf", "menyesal"),
        "en": (
            *("sorry", "apologies", "apologise", "apologize", "apology", "regret", "forgive us"),
        ),
    },
    "next_step": {
        "id": (
            *("cek", "kami cek", "kami periksa", "sedang", "lagi", "tim kami", "teknisi", "proses"),
            *("kami bantu", "tindak lanjuti", "ditindaklanjuti", "kirim", "dm", "hubungi"),
            *("silakan", "boleh", "mohon", "perbaiki", "perbaikan", "kami teruskan", "telusuri"),
            *("kami tangani", "menangani", "memeriksa", "dicek", "pengecekan", "penelusuran"),
        ),
        "en": (
            *("check", "checking", "looking into", "look into", "our team", "working on"),
            *("we will", "we'll", "please send", "send us", "dm us", "drop us", "investigate"),
            *(
                "fix",
                "fixing",
                "engineer",
                "escalated",
                "chasing",
                "traced",
                "is with",
                "following",
                "follow up",
                "please",
                "help",
                "sort",
            ),
        ),
    },
    "when": {
        "id": (
            *("hari ini", "besok", "lusa", "jam", "menit", "hari kerja", "hari", "minggu"),
            *("sebelum", "paling lambat", "selambat-lambatnya", "segera", "sore ini", "malam ini"),
            *("pagi ini", "siang ini", "nanti sore", "nanti malam", "pukul", "wib", "wita", "wit"),
        ),
        "en": (
            *("today", "tomorrow", "tonight", "hour", "hours", "minutes", "days", "day", "week"),
            *("by", "within", "before", "shortly", "this morning", "this afternoon"),
            *("this evening", "monday", "tuesday", "wednesday", "thursday", "friday"),
            *("saturday", "sunday", "soon"),
        ),
    },
    "thank": {
        "id": ("terima kasih", "makasih", "trims", "senang", "bangga", "apresiasi", "berterima"),
        "en": ("thank you", "thanks", "appreciate", "grateful", "glad", "delighted", "happy"),
    },
}
"""Phrases by which a part of an answer shows itself; one is enough."""

PART_NAMES: Final[dict[str, dict[str, str]]] = {
    "acknowledge": {"id": "tanggapan atas laporannya", "en": "an acknowledgement"},
    "apologise": {"id": "permintaan maaf", "en": "an apology"},
    "next_step": {"id": "langkah berikutnya", "en": "the next step"},
    "when": {"id": "kapan kabar berikutnya", "en": "when they will hear from us"},
    "thank": {"id": "ucapan terima kasih", "en": "thanks"},
    "answer": {"id": "jawabannya", "en": "the answer"},
}

PROMISES: Final[dict[str, tuple[str, ...]]] = {
    "id": (
        *("kami jamin", "dijamin", "pasti selesai", "pasti kembali", "100%", "janji"),
        *("kami ganti", "kami ganti rugi", "ganti rugi penuh", "tidak akan terulang"),
        *("tidak akan terjadi lagi", "pasti cair", "pasti sampai"),
    ),
    "en": (
        *("we guarantee", "guaranteed", "100%", "we promise", "never happen again"),
        *("full refund", "will definitely", "we will compensate", "you will get your money back"),
    ),
}
"""Words that bind the company and need a person's authority."""

ASKS_PRIVATELY: Final[dict[str, tuple[str, ...]]] = {
    "id": (
        *("nomor hp", "no hp", "no. hp", "nomor telepon", "no telepon", "nomor ponsel"),
        *("nik", "nomor ktp", "no ktp", "foto ktp", "alamat lengkap", "alamat email", "email"),
        *("nomor rekening", "no rekening", "norek", "nomor kartu", "tanggal lahir", "nama ibu"),
        *("kode otp", "otp", "pin", "password", "kata sandi", "nomor pelanggan", "nomor pesanan"),
        *("id pelanggan", "no pelanggan", "no pesanan", "kode booking", "nomor whatsapp", "no wa"),
    ),
    "en": (
        *("phone number", "mobile number", "email address", "your email", "home address"),
        *("your address", "id number", "passport number", "account number", "card number"),
        *("date of birth", "mother's maiden name", "otp", "pin", "password", "order number"),
        *("booking code", "booking reference", "customer number", "customer id"),
    ),
}
"""What must not be asked for in public."""

ASKING: Final[dict[str, tuple[str, ...]]] = {
    "id": (
        *("kirim", "kirimkan", "sebutkan", "infokan", "informasikan", "tulis", "berikan"),
        *("boleh minta", "minta", "mohon", "bisa minta", "share", "sampaikan", "balas"),
        *("berapa", "apa nomor", "konfirmasi", "lampirkan", "boleh tahu"),
    ),
    "en": (
        *("send", "share", "tell us", "give us", "provide", "reply with", "what is your"),
        *("what's your", "can we have", "could you", "can you", "confirm", "let us know"),
        *("please",),
    ),
}

PRIVATELY: Final[dict[str, tuple[str, ...]]] = {
    "id": (
        "dm",
        "pesan langsung",
        "direct message",
        "inbox",
        "japri",
        "messenger",
        "pesan pribadi",
    ),
    "en": ("dm", "direct message", "private message", "inbox", "messenger", "pm", "privately"),
}
"""Words that say the asking is meant for a private channel."""

SHORTENERS: Final = frozenset(
    (
        *("bit.ly", "tinyurl.com", "goo.gl", "ow.ly", "is.gd", "buff.ly", "cutt.ly", "rebrand.ly"),
        *("s.id", "t.ly", "shorturl.at", "rb.gy", "tiny.cc", "lnkd.in", "adf.ly", "bl.ink"),
    )
)
"""Hosts behind which the reader cannot see where a link goes."""
