//! What made-up people are made of.

pub(super) const GIVEN: &[&str] = &[
    "Ada", "Aiko", "Amara", "Amélie", "Anders", "Aoife", "Arjun", "Beatriz", "Bram", "Carmen", "Chidi", "Chiara", "Daan",
    "Dilnoza", "Elif", "Emeka", "Emil", "Esther", "Farah", "Felix", "Femi", "Freya", "Giulia", "Hana", "Hassan", "Hugo",
    "Ines", "Ingrid", "Ivan", "Jamal", "Jana", "João", "Jonas", "Kaito", "Kamala", "Karim", "Katya", "Kwame", "Lars", "Leila",
    "Lena", "Liam", "Linh", "Lucía", "Luka", "Maja", "Malik", "Marek", "Maren", "Mateo", "Mei", "Mina", "Nadia", "Nia", "Nils",
    "Noor", "Oksana", "Olga", "Omar", "Paula", "Pedro", "Priya", "Rafael", "Rania", "Rosa", "Ruth", "Salma", "Samir", "Sara",
    "Sigrid", "Sofia", "Søren", "Tariq", "Tess", "Thabo", "Tomás", "Uma", "Vera", "Viktor", "Wei", "Yara", "Yusuf", "Zainab",
    "Zoë",
];

pub(super) const FAMILIES: &[&str] = &[
    "Abebe", "Adeyemi", "Ahmed", "Almeida", "Andersen", "Baker", "Bauer", "Bianchi", "Castillo", "Chen", "Costa", "Dahl",
    "Diallo", "Dubois", "Eriksen", "Fernández", "Fischer", "Garcia", "Haddad", "Hansen", "Hoffmann", "Hosseini", "Ito",
    "Ivanova", "Jansen", "Johnson", "Kaya", "Khan", "Kim", "Kowalski", "Kumar", "Lefèvre", "Lindqvist", "López", "Mbeki",
    "Meyer", "Mori", "Müller", "Murphy", "Nakamura", "Nguyen", "Novák", "Nowak", "Okafor", "Okonkwo", "Oliveira", "Özdemir",
    "Park", "Patel", "Pereira", "Petrov", "Popescu", "Ricci", "Romero", "Rossi", "Saito", "Santos", "Schmidt", "Sharma",
    "Silva", "Singh", "Smith", "Sokolov", "Suzuki", "Svensson", "Takahashi", "Tanaka", "Torres", "Traoré", "Varga", "Virtanen",
    "Wagner", "Walker", "Wang", "Weber", "Wójcik", "Yamamoto", "Yılmaz", "Zhang", "Zimmermann",
];

pub(super) const SENTENCES: &[&str] = &[
    "I build small things that last.", "Reads more than is sensible.", "Always looking for a better bakery.",
    "Writes about cities, trains and the people in them.", "Learning the cello, badly and with joy.",
    "Maintains an open-source weather station.", "Grew up by the sea and never got over it.",
    "Teaches mathematics to adults.", "Cooks for whoever turns up.", "Collects maps of places that changed their names.",
    "Two cats, one bicycle, no car.", "Happiest above the tree line.", "Works on making forms easier to fill in.",
    "Volunteers at the library on Saturdays.", "Takes photographs on film.",
];

pub(super) const PLACES: &[(&str, &str)] = &[
    ("Accra, Ghana", "Africa/Accra"), ("Amsterdam, Netherlands", "Europe/Amsterdam"), ("Austin, TX", "America/Chicago"),
    ("Bangalore, India", "Asia/Kolkata"), ("Berlin, Germany", "Europe/Berlin"), ("Bogotá, Colombia", "America/Bogota"),
    ("Buenos Aires, Argentina", "America/Argentina/Buenos_Aires"), ("Cairo, Egypt", "Africa/Cairo"),
    ("Copenhagen, Denmark", "Europe/Copenhagen"), ("Dublin, Ireland", "Europe/Dublin"),
    ("Hanoi, Vietnam", "Asia/Ho_Chi_Minh"), ("Helsinki, Finland", "Europe/Helsinki"), ("Istanbul, Türkiye", "Europe/Istanbul"),
    ("Kraków, Poland", "Europe/Warsaw"), ("Lagos, Nigeria", "Africa/Lagos"), ("Lisbon, Portugal", "Europe/Lisbon"),
    ("London, UK", "Europe/London"), ("Lyon, France", "Europe/Paris"), ("Mexico City, Mexico", "America/Mexico_City"),
    ("Montréal, QC", "America/Toronto"), ("Nairobi, Kenya", "Africa/Nairobi"), ("Osaka, Japan", "Asia/Tokyo"),
    ("San Francisco, CA", "America/Los_Angeles"), ("São Paulo, Brazil", "America/Sao_Paulo"), ("Seoul, Korea", "Asia/Seoul"),
    ("Sevilla, Spain", "Europe/Madrid"), ("Taipei, Taiwan", "Asia/Taipei"), ("Wellington, New Zealand", "Pacific/Auckland"),
    ("Yerevan, Armenia", "Asia/Yerevan"),
];

pub(super) const INTERESTS: &[&str] = &[
    "astronomy", "baking", "birds", "board games", "chess", "cinema", "climbing", "cycling", "dancing", "fermenting",
    "football", "gardening", "hiking", "history", "jazz", "knitting", "languages", "maps", "opera", "photography", "poetry",
    "pottery", "running", "sailing", "science fiction", "swimming", "trains", "typography", "woodwork", "yoga",
];

pub(super) const SKILLS: &[&str] = &[
    "accounting", "c++", "carpentry", "cloud", "css", "data analysis", "databases", "design", "editing", "first aid", "golang",
    "illustration", "interviewing", "java", "kotlin", "law", "linux", "machine learning", "negotiation", "networks", "python",
    "rust", "security", "sql", "statistics", "swift", "teaching", "translation", "typescript", "writing",
];
