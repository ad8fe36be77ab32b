"""What the tables of errors say, in Indonesian; a test checks that none is left out."""

from __future__ import annotations

from collections.abc import Mapping

_AGAIN = "sambungkan ulang Halaman."

INDONESIAN: Mapping[str, str] = {
    "A permission for this Page is missing or was taken away; reconnect and grant it.": (
        "Izin untuk Halaman ini kurang atau dicabut; sambungkan ulang dan beri izinnya."
    ),
    "Facebook asks to slow down.": "Facebook meminta agar lebih pelan.",
    "Facebook could not reach Tanggap's webhook, or got a wrong answer.": (
        "Facebook tidak bisa mencapai webhook Tanggap, atau mendapat jawaban yang salah."
    ),
    "Facebook did not do it and gave no reason.": (
        "Facebook tidak melakukannya dan tidak memberi alasan."
    ),
    "Facebook did not take the request as it was.": "Facebook tidak menerima permintaan ini.",
    "Facebook does not know the App ID; check it in the app's settings.": (
        "Facebook tidak mengenal App ID; periksa di pengaturan aplikasi."
    ),
    "Facebook has a passing fault.": "Facebook sedang terganggu sebentar.",
    "Facebook has blocked this Page from writing for a while.": (
        "Facebook melarang Halaman ini menulis untuk sementara."
    ),
    "Facebook must first confirm the person who connected the Page.": (
        "Facebook harus lebih dulu mengonfirmasi orang yang menyambungkan Halaman."
    ),
    "Facebook no longer accepts this Page's token; reconnect the Page.": (
        f"Facebook tidak lagi menerima token Halaman ini; {_AGAIN}"
    ),
    "Facebook refused the request.": "Facebook menolak permintaan ini.",
    "Facebook refuses the same text twice; change it.": (
        "Facebook menolak teks yang sama dua kali; ubah teksnya."
    ),
    "Facebook stopped the person who connected the Page; they must log in there.": (
        "Facebook menahan orang yang menyambungkan Halaman; ia harus masuk ke Facebook dulu."
    ),
    "Facebook takes no private reply to this post; answer in public.": (
        "Facebook tidak menerima balasan pribadi untuk kiriman ini; balas secara publik."
    ),
    "Facebook's service is down for the moment.": "Layanan Facebook sedang mati sebentar.",
    "Messenger has a passing fault.": "Messenger sedang terganggu sebentar.",
    "Messenger refused the reply: the customer's last message is more than 24 hours old. "
    "Wait until they write again.": (
        "Messenger menolak balasan: pesan terakhir pelanggan sudah lebih dari 24 jam. Tunggu "
        "sampai pelanggan menulis lagi."
    ),
    "The Page has made too many calls of this kind.": (
        "Halaman terlalu sering melakukan panggilan jenis ini."
    ),
    "The Page has used up its Messenger calls.": "Jatah panggilan Messenger Halaman habis.",
    "The Page has used up its calls.": "Jatah panggilan Halaman habis.",
    "The Page's token has expired; reconnect the Page.": f"Token Halaman kedaluwarsa; {_AGAIN}",
    "The app was removed; reconnect the Page.": f"Aplikasi dihapus; {_AGAIN}",
    "The developer app has reached a limit.": "Aplikasi developer mencapai batasnya.",
    "The developer app has used up its calls.": "Jatah panggilan aplikasi developer habis.",
    "The developer app may only reach people with a role on it; ask for app review.": (
        "Aplikasi developer hanya boleh mencapai orang yang berperan di dalamnya; ajukan App "
        "Review."
    ),
    "The person who connected the Page acts too often.": (
        "Orang yang menyambungkan Halaman terlalu sering bertindak."
    ),
    "The person who connected the Page changed their password; reconnect.": (
        f"Orang yang menyambungkan Halaman mengganti kata sandinya; {_AGAIN}"
    ),
    "The person who connected the Page has lost their role on it; give it back and reconnect.": (
        "Orang yang menyambungkan Halaman kehilangan perannya; berikan lagi, lalu sambungkan ulang."
    ),
    "The person who connected the Page has used up their calls.": (
        "Jatah panggilan orang yang menyambungkan Halaman habis."
    ),
    "The post does not exist any more, or this Page may not see it.": (
        "Kiriman ini sudah tidak ada, atau Halaman tidak boleh melihatnya."
    ),
    "The redirect address is not among those of the app; add it there.": (
        "Alamat pengalihan tidak terdaftar di aplikasi; tambahkan di sana."
    ),
    "The token is a person's and not the Page's; reconnect the Page.": (
        f"Token ini milik seseorang, bukan milik Halaman; {_AGAIN}"
    ),
    "This login was used already, is too old, or began elsewhere; connect again.": (
        "Login ini sudah dipakai, terlalu lama, atau dimulai di tempat lain; sambungkan lagi."
    ),
    "This person cannot be reached: they left Facebook or blocked the Page.": (
        "Orang ini tidak bisa dihubungi: ia meninggalkan Facebook atau memblokir Halaman."
    ),
    "This post already has its one private reply; answer in public.": (
        "Kiriman ini sudah mendapat satu-satunya balasan pribadi; balas secara publik."
    ),
    "This post is too old for a private reply; answer in public.": (
        "Kiriman ini terlalu lama untuk balasan pribadi; balas secara publik."
    ),
}


def both(english: str) -> Mapping[str, str]:
    """Give a text of the tables in both languages."""
    return {"en": english, "id": INDONESIAN.get(english, english)}


def after(lead: Mapping[str, str], said: str | Mapping[str, str]) -> Mapping[str, str]:
    """Put a lead before what an error says, language by language."""
    told = said if isinstance(said, Mapping) else dict.fromkeys(lead, said)
    return {language: f"{text} {told.get(language, '')}".strip() for language, text in lead.items()}
