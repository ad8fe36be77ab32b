"""What the rules say of faults and fixes, in Indonesian; `{}` stands for a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

INDONESIAN: Final[Mapping[str, str]] = {
    # Conditions
    "{}, this is {}": "{0}, ini {1}",
    "{} joins yes/no": "{0} menggabungkan ya/tidak",
    "! turns a yes/no around": "! membalik ya/tidak",
    "the whole condition must be yes/no": "syarat seluruhnya harus berupa ya/tidak",
    "all items of a list have the same type": "semua isi daftar harus sejenis",
    "{} takes {}": "{0} menerima {1}",
    "{} needs a yes/no": "{0} memerlukan ya/tidak",
    "{} is not known": "{0} tidak dikenal",
    "{} does not fit here": "{0} tidak cocok di sini",
    "the end": "akhir syarat",
    "nested more than {} deep": "bersarang lebih dari {0} tingkat",
    "more than {} operators": "lebih dari {0} operator",
    "{} is a group of values": "{0} adalah kelompok nilai",
    "the list is empty": "daftarnya kosong",
    "no function {}": "tidak ada fungsi {0}",
    "{} has no function {}": "{0} tidak punya fungsi {1}",
    "{} inside another": "{0} di dalam {0} lain",
    "{} is taken": "{0} sudah dipakai",
    "size counts the items of a list, this is {}": "size menghitung isi daftar, ini {0}",
    "{} has no {}": "{0} tidak punya {1}",
    "the pattern must be written out": "polanya harus ditulis langsung",
    "lists cannot be compared": "daftar tidak bisa dibandingkan",
    "{} {} {} is the same for every post": "{0} {1} {2} selalu sama untuk semua kiriman",
    "in needs a list of {}, this is {}": "in memerlukan daftar {0}, ini {1}",
    "{} cannot mix {} and {}": "{0} tidak bisa mencampur {1} dan {2}",
    "- needs a number, this is {}": "- memerlukan bilangan, ini {0}",
    "{} needs numbers, this is {}": "{0} memerlukan bilangan, ini {1}",
    "{} cannot take {}": "{0} tidak bisa menerima {1}",
    "{} is never {}": "{0} tidak pernah {1}",
    "the pattern repeats parts {} times, at most {}": (
        "pola ini mengulang bagian {0} kali, paling banyak {1}"
    ),
    "the pattern is wrong: {}": "polanya salah: {0}",
    "the condition has {} characters, at most {} are allowed": (
        "syarat ini {0} karakter, paling banyak {1}"
    ),
    "the condition has {} parts, at most {} are allowed": (
        "syarat ini {0} bagian, paling banyak {1}"
    ),
    "{} is not understood here": "{0} tidak dimengerti di sini",
    "nothing is given to compare with": "belum ada nilai pembanding",
    "nothing is chosen": "belum ada yang dipilih",
    "expected a {}, got {}": "yang diharapkan {0}, bukan {1}",
    "this must be written out": "ini harus ditulis langsung",
    "no list {}": "tidak ada daftar {0}",
    # Timing
    "no cap {}": "tidak ada batas {0}",
    "no wait {}": "tidak ada waktu tunggu {0}",
    "no day {}": "tidak ada hari {0}",
    "no schedule {}": "tidak ada jadwal {0}",
    "no time zone {}": "tidak ada zona waktu {0}",
    "{} is too often or too rare": "{0} terlalu sering atau terlalu jarang",
    "a number is missing": "bilangannya belum diisi",
    "this is longer than 30 days": "ini lebih lama dari 30 hari",
    "this is no number of times": "ini bukan jumlah kali",
    "this is too often or too rare": "ini terlalu sering atau terlalu jarang",
    "no day is chosen": "belum ada hari yang dipilih",
    "no time of day is given": "jamnya belum diisi",
    "the trigger {} has no timing": "pemicu {0} tidak memakai waktu",
    # Actions
    "no plugin offers {}": "tidak ada plugin yang menyediakan {0}",
    "{} has no field {}": "{0} tidak punya isian {1}",
    "no trigger {}": "tidak ada pemicu {0}",
    "no such trigger": "pemicu itu tidak ada",
    "no level {}": "tidak ada tingkat {0}",
    "no priority {}": "tidak ada prioritas {0}",
    "no action {}": "tidak ada tindakan {0}",
    "no tone {}": "tidak ada gaya bahasa {0}",
    "no field {}": "tidak ada isian {0}",
    "no team {}": "tidak ada tim {0}",
    "expected a list of actions": "belum ada tindakan",
    "{} actions, at most {} allowed": "{0} tindakan, paling banyak {1}",
    "takes no argument": "tidak memakai nilai",
    "expected the name of a plugin's action, got {}": (
        "yang diharapkan nama tindakan plugin, bukan {0}"
    ),
    "expected one of team, person and assignee": "pilih tim, orang, atau penerima tugas",
    "assignee can only be true": "assignee hanya boleh true",
    "the text is missing": "teksnya belum diisi",
    "expected fields, got {}": "yang diharapkan isian bernama, bukan {0}",
    "{} must be yes or no, got {}": "{0} harus ya atau tidak, bukan {1}",
    "expected a text of 1 to {} characters, got {}": (
        "yang diharapkan teks 1 sampai {0} karakter, bukan {1}"
    ),
    "expected the key of a team, got {}": "yang diharapkan kunci tim, bukan {0}",
    "expected the e-mail address of a person, got {}": "yang diharapkan alamat email, bukan {0}",
    "expected the key of a template, got {}": "yang diharapkan kunci templat, bukan {0}",
    "expected a list of 1 to {} {}": "yang diharapkan daftar 1 sampai {0} {1}",
    "stop is not the last action": "stop bukan tindakan terakhir",
    "expected the name of an action, or one name with its argument": (
        "yang diharapkan nama tindakan, atau satu nama dengan nilainya"
    ),
    "the field {} of {} must be a text of at most {} characters": (
        "isian {0} milik {1} harus berupa teks, paling banyak {2} karakter"
    ),
    "{} cannot be a tag": "{0} tidak bisa menjadi tag",
    # Rules and files
    "the name is empty or too long": "namanya kosong atau terlalu panjang",
    "two rules have this key": "dua aturan memakai kunci ini",
    "{} rules, at most {} are allowed": "{0} aturan, paling banyak {1}",
    "expected names with values": "yang diharapkan nama dengan nilainya",
    "expected a list": "yang diharapkan daftar",
    "{} cannot be a key": "{0} tidak bisa menjadi kunci",
    "expected a name": "yang diharapkan nama",
    "expected a text, got {}": "yang diharapkan teks, bukan {0}",
    "expected yes or no, got {}": "yang diharapkan ya atau tidak, bukan {0}",
    "the field {} is missing": "isian {0} tidak ada",
    "expected a whole number from {}, got {}": (
        "yang diharapkan bilangan bulat mulai {0}, bukan {1}"
    ),
    "this is not YAML": "ini bukan YAML",
    "this is not YAML: {}": "ini bukan YAML: {0}",
    "the tag {} is not allowed": "tag YAML {0} tidak boleh dipakai",
    "the file is larger than 1 MiB": "berkasnya lebih besar dari 1 MiB",
    "the file has characters that are not text": "berkas ini berisi karakter yang bukan teks",
    "aliases (& and *) are not allowed": "alias (& dan *) tidak boleh dipakai",
    "a key must be a text": "kunci harus berupa teks",
    "the key {} stands twice": "kunci {0} ditulis dua kali",
    "expected a list of at most {} entries": "yang diharapkan daftar paling banyak {0} isi",
    "{} cannot be an entry": "{0} tidak bisa menjadi isi daftar",
    "no clock {}": "tidak ada penghitung waktu {0}",
    "no {} {}": "tidak ada {0} {1}",
    "team": "tim",
    "person": "orang",
    "template": "templat",
    "list": "daftar",
    # The whole set
    "never runs: {} stands before it and always stops first": (
        "tidak pernah jalan: {0} ada di atasnya dan selalu menghentikan"
    ),
    "undoes {} of {}, whose condition is equal": ("membatalkan {0} dari {1} yang syaratnya sama"),
    "undoes an earlier action of the same rule": "membatalkan tindakan sebelumnya di aturan ini",
    # What to do
    "Move it above {}, or take the stop out of that one.": (
        "Pindahkan ke atas {0}, atau hapus stop dari aturan itu."
    ),
    "Join the two rules, or make their conditions differ.": (
        "Gabungkan kedua aturan, atau bedakan syaratnya."
    ),
    "Remove one of the two.": "Hapus salah satunya.",
    "There is none yet; make it first.": "Belum ada satu pun; buat dulu.",
    "See the list of them.": "Lihat daftarnya.",
    "Did you mean {}?": "Maksudnya {0}?",
    "Choose one of: {}.": "Pilih salah satu: {0}.",
    "Choose what the row is about.": "Pilih hal yang ditanyakan.",
    "Choose a comparison.": "Pilih perbandingannya.",
    "Choose one.": "Pilih salah satu.",
    "Enter a value.": "Isi nilainya.",
    "Write for example {}.": "Tulis misalnya {0}.",
    "Write for example: {}.": "Tulis misalnya: {0}.",
    "Write for example - {}.": "Tulis misalnya - {0}.",
    "Write at least one, such as - assign_team: care.": "Tambahkan paling sedikit satu.",
    "Write at least one item.": "Tulis paling sedikit satu.",
    "Write only - {}.": "Tulis hanya - {0}.",
    "Write assignee: true.": "Tulis assignee: true.",
    "Write true or false.": "Tulis true atau false.",
    "Write a value, such as care.": "Tulis sebuah nilai, misalnya care.",
    "Write a name.": "Tulis sebuah nama.",
    "Write the value out.": "Tulis nilainya langsung.",
    "Write a text, or one for id and one for en.": (
        "Tulis teks, atau satu untuk id dan satu untuk en."
    ),
    "Write && for and.": "Tulis && untuk dan.",
    "Write || for or.": "Tulis || untuk atau.",
    "Write ! for not.": "Tulis ! untuk tidak.",
    "Write {} here.": "Tulis {0} di sini.",
    "Write matches({}).": "Tulis matches({0}).",
    "Write 2.0 instead of 2 beside numbers with a point.": (
        "Tulis 2.0, bukan 2, di samping bilangan berkoma."
    ),
    "Write the address the person signs in with, such as {}.": (
        "Tulis alamat yang dipakai orang itu untuk masuk, misalnya {0}."
    ),
    "Complete the condition.": "Lengkapi syaratnya.",
    "Compare with {}.": "Bandingkan dengan {0}.",
    "Compare it with {}.": "Bandingkan dengan {0}.",
    "Give {}.": "Beri {0}.",
    "Give one of them another key.": "Beri salah satunya kunci lain.",
    "Give the item another name.": "Beri nama lain.",
    "Go through one list at a time.": "Telusuri satu daftar saja.",
    "Ask with in or exists, such as {}.": "Tanyakan dengan in atau exists, misalnya {0}.",
    "Count it with size().": "Hitung dengan size().",
    "Split the rule.": "Pecah aturannya.",
    "Split it into several files.": "Pecah menjadi beberapa berkas.",
    "Use in [...], or split the rule.": "Pakai in [...], atau pecah aturannya.",
    "Use + or * instead of a count.": "Pakai + atau * sebagai ganti jumlah.",
    "Use whole numbers.": "Pakai bilangan bulat.",
    "Use 1 to {} characters.": "Pakai 1 sampai {0} karakter.",
    "Use lower-case letters, digits, - and _, beginning with a letter.": (
        "Pakai huruf kecil, angka, - dan _, diawali huruf."
    ),
    "Use straight quotation marks: {}.": "Pakai tanda kutip lurus: {0}.",
    "Use 1 to {} printable characters without spaces around; put quotes around words such as "
    "yes, no, on and numbers.": "Pakai 1 sampai {0} karakter tanpa spasi di tepi.",
    "A key is lower-case letters, digits, - and _, such as {}.": (
        "Kunci berupa huruf kecil, angka, - dan _, misalnya {0}."
    ),
    "Put quotes around it.": "Apit dengan tanda kutip.",
    "Put quotes around numbers and words such as yes and no.": (
        "Apit bilangan dan kata seperti yes dan no dengan tanda kutip."
    ),
    "Close the text with the same quotation mark, on the same line.": (
        "Tutup teks dengan tanda kutip yang sama, di baris yang sama."
    ),
    "Maps are not part of conditions; compare one value after the other.": (
        "Syarat tidak mengenal map; bandingkan nilainya satu per satu."
    ),
    "Choices are not part of conditions; use && and ||.": (
        "Syarat tidak mengenal pilihan ?:; pakai && dan ||."
    ),
    "Remove it, or put quotes around a text.": "Hapus, atau apit teks dengan tanda kutip.",
    "Remove the dot and the name.": "Hapus titik dan namanya.",
    "Remove the -.": "Hapus tanda -.",
    "Remove it.": "Hapus.",
    "Remove some.": "Hapus sebagian.",
    "Remove levels.": "Kurangi tingkatnya.",
    "Remove one of them.": "Hapus salah satunya.",
    "Mend the pattern.": "Perbaiki polanya.",
    "Mend this line or the one before it.": "Perbaiki baris ini atau baris sebelumnya.",
    "Move stop to the end.": "Pindahkan stop ke akhir.",
    "Begin each entry with -.": "Awali tiap isian dengan -.",
    "Add it.": "Tambahkan.",
    "Save it as UTF-8.": "Simpan sebagai UTF-8.",
    "See the field {}.": "Lihat isian {0}.",
    "See the list of names and functions for conditions.": (
        "Lihat daftar nama dan fungsi untuk syarat."
    ),
    "Choose 1 minute to 30 days.": "Pilih 1 menit sampai 30 hari.",
    "Choose at least one.": "Pilih paling sedikit satu.",
    "Write a whole number above 0.": "Tulis bilangan bulat di atas 0.",
    "Write a whole number from 1 to {}.": "Tulis bilangan bulat dari 1 sampai {0}.",
    "Choose 5 minutes to 30 days.": "Pilih 5 menit sampai 30 hari.",
    "Remove it, or choose no_answer or schedule.": "Hapus, atau pilih no_answer atau schedule.",
    "Use 1 to {} printable characters without spaces around; put quotes around handles and "
    "numbers.": "Pakai 1 sampai {0} karakter tanpa spasi di tepi; apit akun dan bilangan.",
    # Types
    "yes/no": "ya/tidak",
    "text": "teks",
    "whole number": "bilangan bulat",
    "number": "bilangan",
    "group": "kelompok",
    "list of {}": "daftar {0}",
    "{} or {}": "{0} atau {1}",
    "true or false": "true atau false",
    "a number, such as {}": "bilangan, misalnya {0}",
    "a text in quotes, such as {}": "teks dalam tanda kutip, misalnya {0}",
    "a list, such as {}": "daftar, misalnya {0}",
}
