// Emoji for answers to customers: sign|names in Indonesian|names in English; the first names it.

const TABLE = `
# Wajah|Faces
😀|wajah tersenyum lebar,gembira,senang|grinning face,happy,smile
😃|tersenyum mata besar,gembira,senang|smiling with big eyes,happy,joy
😄|tersenyum mata ceria,gembira,tawa|smiling with happy eyes,joy,laugh
😁|nyengir,senyum gigi,berseri|beaming face,grin,teeth
😊|tersipu senang,senyum,ramah,terima kasih|smiling with blush,friendly,thanks,pleased
🙂|senyum tipis,ramah,baik|slightly smiling,friendly,fine
😉|mengedip,kedip,bercanda|winking,wink,joke
😌|lega,tenang,damai|relieved,calm,peace
😇|malaikat,baik hati,polos|halo,angel,innocent
🤗|memeluk,peluk,sambut|hugging,hug,welcome
🥰|penuh cinta,sayang,hati|smiling with hearts,love,adore
😍|mata hati,suka,cinta,kagum|heart eyes,love,like,admire
🤩|terpukau,bintang,kagum,keren|star-struck,wow,excited,cool
😘|cium,sayang,cinta|blowing a kiss,love
😋|lezat,enak,makan|savouring,yummy,delicious,food
😂|tawa berurai air mata,lucu,ngakak|tears of joy,funny,laugh
🤣|tertawa terguling,lucu,ngakak|rolling on the floor,laugh,funny
😅|senyum keringat,canggung,lega|smiling with sweat,awkward,relief,phew
😎|kacamata hitam,keren,santai|sunglasses,cool,relaxed
🤔|berpikir,pikir,ragu,hmm|thinking,think,doubt,hmm
🧐|memeriksa,teliti,cek|inspecting,check,monocle,curious
🤨|alis terangkat,ragu,curiga|raised eyebrow,doubt,sceptical
😐|datar,netral,biasa|neutral,flat
😶|diam,tanpa kata,bungkam|without a mouth,silent,speechless
🙄|memutar mata,bosan,sebal|rolling eyes,bored,annoyed
😏|senyum sinis,nakal|smirking,sly
😬|meringis,canggung,gugup|grimacing,awkward,nervous
😔|murung,sedih,menyesal|pensive,sad,sorry
😟|cemas,khawatir,sedih|worried,concern,sad
🙁|sedikit sedih,kecewa,cemberut|slightly frowning,sad,disappointed
😕|bingung,tidak yakin|confused,unsure
😞|kecewa,sedih,maaf|disappointed,sad,sorry
😢|menangis,sedih,air mata|crying,sad,tear
😭|menangis keras,tangis,sedih|loudly crying,sob,sad
🥺|memohon,mohon,maaf,tolong|pleading,please,sorry,beg
😥|sedih tapi lega,maaf,cemas|sad but relieved,sorry,worried
😓|keringat dingin,lelah,maaf|downcast with sweat,tired,sorry
😩|letih,lelah,capek|weary,tired
😫|lelah sekali,capek,penat|tired,exhausted
😤|kesal,geram,dengus|huffing,frustrated,steam
😠|marah,kesal,gusar|angry,cross
😡|marah besar,murka,kesal|enraged,angry,mad
😱|berteriak takut,kaget,panik|screaming in fear,shock,panic
😲|terkejut,kaget,heran|astonished,surprise,wow
😳|tersipu malu,malu,kaget|flushed,embarrassed,surprise
🤯|kepala meledak,kaget,takjub|exploding head,mind blown,shock
😴|tidur,ngantuk,lelah|sleeping,sleep,tired
🤒|demam,sakit,termometer|with thermometer,sick,fever
😷|masker,sakit,sehat|medical mask,sick,health
🥳|pesta,rayakan,selamat,ulang tahun|partying,celebrate,congratulations,birthday
🤝|jabat tangan,sepakat,kerja sama|handshake,deal,agree,cooperation
# Tangan dan orang|Hands and people
🙏|terima kasih,mohon maaf,tolong,doa,salam|folded hands,thank you,sorry,please,pray
👍|jempol,bagus,setuju,oke,suka|thumbs up,good,agree,ok,like
👎|jempol ke bawah,buruk,tidak setuju|thumbs down,bad,disagree,dislike
👌|oke,sip,bagus|OK hand,okay,perfect
👏|tepuk tangan,hebat,selamat|clapping hands,applause,bravo,congratulations
🙌|angkat tangan,hore,syukur|raising hands,hooray,celebrate
👋|melambai,halo,hai,dadah|waving hand,hello,hi,bye
🤲|telapak terbuka,doa,mohon|palms up,pray,offer
✋|tangan terangkat,tunggu,stop|raised hand,wait,stop
✌️|damai,dua jari,menang|victory hand,peace
🤞|jari silang,semoga,harap|crossed fingers,luck,hope
🤙|telepon,hubungi,santai|call me hand,phone,shaka
💪|otot,kuat,semangat|flexed biceps,strong,power
👉|tunjuk kanan,lihat,sini|pointing right,see,here
👈|tunjuk kiri,lihat|pointing left,see
👆|tunjuk atas,di atas|pointing up,above
👇|tunjuk bawah,di bawah,berikut|pointing down,below,following
☝️|telunjuk,satu,ingat|index finger up,one,note
✍️|menulis,catat,tulis|writing hand,note,write
👀|mata,lihat,cek|eyes,look,check
🙋|angkat tangan tanya,tanya,saya|raising hand,question,me
🙇|membungkuk,maaf,hormat|bowing,sorry,respect
🤦|tepuk dahi,aduh,malu|facepalm,oops,embarrassed
🤷|angkat bahu,tidak tahu,entah|shrugging,unknown,dunno
💁|membantu,informasi,layanan|tipping hand,information,help desk
👩‍💻|perempuan teknisi,komputer,kerja|woman technologist,computer,work
👨‍🔧|laki-laki mekanik,teknisi,perbaiki|man mechanic,technician,repair
👷|pekerja,bangunan,proyek|construction worker,work
🚴|pesepeda,sepeda,kurir|cyclist,bike,courier
🏃|lari,cepat,buru-buru|running,fast,hurry
👨‍👩‍👧|keluarga,orang tua,anak|family,parents,child
👥|orang,pengguna,tim|people,users,team
👤|orang tunggal,pengguna,akun|person,user,account
# Hati dan perayaan|Hearts and celebration
❤️|hati merah,cinta,sayang|red heart,love
🧡|hati jingga,cinta|orange heart,love
💛|hati kuning,cinta|yellow heart,love
💚|hati hijau,cinta|green heart,love
💙|hati biru,cinta|blue heart,love
💜|hati ungu,cinta|purple heart,love
🖤|hati hitam,duka|black heart,sorrow
🤍|hati putih,tulus|white heart,sincere
💔|patah hati,sedih,kecewa|broken heart,sad
💕|dua hati,cinta,sayang|two hearts,love
💖|hati berkilau,cinta,suka|sparkling heart,love
✨|kilau,baru,bersih,istimewa|sparkles,new,clean,special
⭐|bintang,nilai,favorit|star,rating,favourite
🌟|bintang bersinar,hebat,unggul|glowing star,great,excellent
🎉|terompet pesta,pesta,selamat,rayakan|party popper,congratulations,celebrate
🎊|bola konfeti,pesta,rayakan|confetti ball,party,celebrate
🎁|hadiah,kado,bonus,promo|gift,present,bonus,promotion
🎈|balon,ulang tahun,pesta|balloon,birthday,party
🎂|kue ulang tahun,ulang tahun|birthday cake,birthday
🏆|piala,juara,menang|trophy,winner,champion
🥇|medali emas,juara,pertama|gold medal,first,winner
🔥|api,hangat,populer,panas|fire,hot,popular
💯|seratus,sempurna,setuju|hundred points,perfect,agree
🌹|mawar,bunga,cinta|rose,flower,love
💐|buket,bunga,selamat|bouquet,flowers,congratulations
🌸|bunga sakura,bunga,cantik|cherry blossom,flower,pretty
🌈|pelangi,harapan,warna|rainbow,hope,colours
☀️|matahari,cerah,pagi|sun,sunny,morning
🌙|bulan sabit,malam,ramadan|crescent moon,night,ramadan
🕌|masjid,lebaran,idulfitri|mosque,eid
🎄|pohon natal,natal|christmas tree,christmas
# Kiriman dan toko|Parcels and shop
📦|paket,kiriman,pesanan,barang|package,parcel,order,delivery
🚚|truk pengiriman,kirim,kurir,antar|delivery truck,shipping,courier
🚛|truk gandeng,kirim,muatan|lorry,freight,shipping
🛵|skuter,motor,kurir,antar|scooter,motorbike,courier,delivery
🏍️|sepeda motor,motor|motorcycle,bike
🚗|mobil,kendaraan|car,vehicle
✈️|pesawat,terbang,kargo|aeroplane,flight,cargo
🚢|kapal,laut,kargo|ship,sea,cargo
🏠|rumah,alamat|house,home,address
🏢|kantor,gedung,perusahaan|office building,company
🏬|toko,mal,pusat belanja|department store,mall,shop
🏪|minimarket,toko,gerai|convenience store,shop,outlet
🏭|pabrik,gudang,produksi|factory,warehouse,production
🛒|troli,keranjang,belanja|shopping trolley,cart,basket
🛍️|tas belanja,belanja|shopping bags,shopping
🏷️|label harga,label,diskon|label,price tag,discount
💰|kantong uang,uang,biaya|money bag,money,cost
💵|uang kertas,tunai,bayar|banknote,cash,pay
💳|kartu kredit,bayar,kartu|credit card,pay,card
🧾|struk,nota,kuitansi,bukti|receipt,bill,proof
🏦|bank,transfer,rekening|bank,transfer,account
💸|uang terbang,pengembalian dana,biaya|money with wings,refund,cost
🪙|koin,uang,poin|coin,money,points
👕|kaus,baju,pakaian|t-shirt,clothes
👟|sepatu,olahraga|trainers,shoe,sport
👜|tas tangan,tas|handbag,bag
🍽️|makan,piring,restoran|plate,meal,restaurant
☕|kopi,minum,hangat|coffee,drink,hot
🍜|mi,bakso,makanan|noodles,bowl,food
🍚|nasi,makanan|rice,food
# Layanan|Service
☎️|pesawat telepon,telepon,hubungi,kontak|telephone,call,contact
📞|gagang telepon,hubungi,telepon|phone receiver,call,contact
📱|ponsel,hp,aplikasi|mobile phone,app
💬|gelembung bicara,pesan,obrolan|speech balloon,message,chat
💭|gelembung pikir,pikir|thought balloon,think
📩|amplop masuk,pesan,dm,kirim|envelope with arrow,message,dm,send
📧|surel,email|e-mail,mail
✉️|amplop,surat,pesan|envelope,letter,message
📨|surat masuk,pesan|incoming envelope,message
📬|kotak surat,kotak masuk|mailbox,inbox
📣|pengeras suara,pengumuman,info|megaphone,announcement,news
📢|pelantang,pengumuman|loudspeaker,announcement
🔔|lonceng,notifikasi,ingat|bell,notification,reminder
🔕|lonceng dicoret,senyap|bell with slash,mute
🎧|headphone,layanan pelanggan,dengar|headphones,customer service,listen
💻|laptop,komputer|laptop,computer
🖥️|komputer meja,layar|desktop computer,screen
📷|kamera,foto|camera,photo
📸|kamera kilat,foto|camera with flash,photo
📎|klip kertas,lampiran|paperclip,attachment
📄|dokumen,halaman,berkas|page,document,file
📝|catatan,tulis,formulir|memo,note,write,form
📋|papan klip,daftar,formulir|clipboard,list,form
📅|kalender,tanggal,jadwal|calendar,date,schedule
📆|kalender sobek,tanggal|tear-off calendar,date
📌|pin,penting,sematkan|pushpin,important,pin
📍|pin lokasi,lokasi,alamat|round pushpin,location,address
🗺️|peta,lokasi,rute|map,location,route
🔍|kaca pembesar,cari,cek,lacak|magnifying glass,search,check,track
🔎|kaca pembesar kanan,cari,cek|magnifying glass right,search,check
🔗|tautan,link,rantai|link,chain,url
🔑|kunci,sandi,akses|key,password,access
🔒|terkunci,gembok,aman,privasi|locked,secure,privacy
🔓|terbuka,gembok terbuka|unlocked,open
🔐|terkunci dengan kunci,aman,sandi|locked with key,secure,password
🛡️|perisai,aman,perlindungan|shield,safe,protection
⚙️|roda gigi,pengaturan|gear,settings
🔧|kunci inggris,perbaiki,servis|wrench,repair,service
🛠️|palu dan kunci,perbaikan,servis|hammer and wrench,repair,service
🔌|colokan,listrik|plug,electricity
🔋|baterai,daya|battery,power
💡|lampu,ide,tips|light bulb,idea,tip
📶|sinyal,jaringan|signal,network
📊|diagram batang,data,laporan|bar chart,data,report
📈|grafik naik,naik|chart up,increase
📉|grafik turun,turun|chart down,decrease
# Waktu dan tanda|Time and signs
⏰|jam weker,waktu,ingat|alarm clock,time,reminder
⏳|jam pasir,tunggu,proses|hourglass,wait,in progress
⌛|jam pasir habis,selesai,tunggu|hourglass done,wait
🕐|jam satu,waktu,pukul|one o'clock,time
⏱️|stopwatch,waktu,cepat|stopwatch,time,fast
✅|centang hijau,selesai,benar,berhasil|check mark button,done,yes,success
☑️|kotak centang,selesai,pilih|tick box,done,choose
✔️|centang,benar,setuju|tick,correct,yes
❌|silang,salah,batal,tidak|cross mark,wrong,cancel,no
❎|tombol silang,salah,batal|cross button,wrong,cancel
⚠️|peringatan,hati-hati,awas|warning,caution,careful
🚫|dilarang,tidak boleh|prohibited,forbidden,no
⛔|dilarang masuk,stop|no entry,stop
❗|tanda seru,penting|exclamation mark,important
❓|tanda tanya,tanya|question mark,ask
‼️|seru ganda,penting sekali|double exclamation,very important
ℹ️|informasi,info|information,info
🆗|tombol oke,oke|OK button,okay
🆕|tombol baru,baru|NEW button,new
🆓|tombol gratis,gratis|FREE button,free
🔄|putar balik,ulang,tukar,retur|arrows in circle,again,exchange,return
🔁|panah ulang,ulang,lagi|repeat arrows,repeat,again
➡️|panah kanan,lanjut|right arrow,next
⬅️|panah kiri,kembali|left arrow,back
⬆️|panah atas,naik|up arrow,above
⬇️|panah bawah,turun|down arrow,below
↩️|panah balik,kembali,retur|return arrow,back,return
▶️|putar,mulai,video|play,start,video
1️⃣|angka satu,langkah satu|one,step one
2️⃣|angka dua,langkah dua|two,step two
3️⃣|angka tiga,langkah tiga|three,step three
4️⃣|angka empat,langkah empat|four,step four
5️⃣|angka lima,langkah lima|five,step five
🔴|lingkaran merah,merah|red circle,red
🟠|lingkaran jingga,jingga|orange circle,orange
🟡|lingkaran kuning,kuning|yellow circle,yellow
🟢|lingkaran hijau,hijau|green circle,green
🔵|lingkaran biru,biru|blue circle,blue
🇮🇩|bendera indonesia,merah putih|flag of Indonesia,Indonesia
🌏|bumi asia,dunia|globe of Asia,world
🌧️|awan hujan,hujan,cuaca|rain cloud,rain,weather
⚡|petir,listrik,cepat|lightning,electricity,fast
`;

export const EMOJI = [];
for (const line of TABLE.trim().split("\n")) {
  const [sign, id, en] = line.startsWith("# ") ? ["#", ...line.slice(2).split("|")] : line.split("|");
  if (sign === "#") EMOJI.push({ id, en, signs: [] });
  else EMOJI.at(-1).signs.push({ sign, id: id.split(","), en: en.split(",") });
}
