//! Words that sample records are made of.

pub(super) const FIRST: &[&str] = &[
    "Ada", "Amir", "Ana", "Björn", "Carla", "Chloé", "Daniel", "Elif", "Emma", "Farah", "Grace", "Hiro",
    "Ines", "Jonas", "Kofi", "Lena", "Linh", "Marta", "Mateo", "Nadia", "Noor", "Oskar", "Priya", "Quinn",
    "Rosa", "Sami", "Tara", "Uma", "Viktor", "Wei", "Yara", "Zoë",
];

pub(super) const LAST: &[&str] = &[
    "Adeyemi", "Almeida", "Berg", "Chen", "Costa", "Dubois", "Eriksson", "Fischer", "García", "Haddad",
    "Ivanova", "Jensen", "Kaya", "Kim", "Lopez", "Meyer", "Nakamura", "Novak", "O'Brien", "Okafor", "Patel",
    "Quispe", "Rossi", "Schmidt", "Silva", "Tanaka", "Ueda", "Virtanen", "Walker", "Yilmaz",
];

pub(super) const FIRM_FIRST: &[&str] = &[
    "Alder", "Amber", "Arc", "Basalt", "Birch", "Blue", "Cedar", "Cobalt", "Copper", "Delta", "Ember",
    "Fjord", "Granite", "Harbor", "Indigo", "Juniper", "Kestrel", "Lumen", "Maple", "North", "Onyx", "Pine",
    "Quartz", "River", "Slate", "Tidal", "Umber", "Vela", "Willow", "Zephyr",
];

pub(super) const FIRM_LAST: &[&str] = &[
    "Analytics",
    "Bank",
    "Foods",
    "Freight",
    "Health",
    "Insurance",
    "Labs",
    "Logistics",
    "Media",
    "Motors",
    "Networks",
    "Pay",
    "Robotics",
    "Security",
    "Software",
    "Studios",
    "Systems",
    "Textiles",
    "Travel",
    "Works",
];

pub(super) const INDUSTRIES: &[&str] = &[
    "Banking",
    "Computer Software",
    "Food Production",
    "Health Care",
    "Insurance",
    "Logistics",
    "Media",
    "Retail",
];

pub(super) const PLANS: &[&str] = &["Free", "Starter", "Growth", "Enterprise"];

pub(super) const JOBS: &[&str] = &[
    "Support Engineer",
    "Support Lead",
    "Success Manager",
    "Product Manager",
];

pub(super) const TAGS: &[&str] = &[
    "billing",
    "bug",
    "churn risk",
    "feature request",
    "gdpr",
    "how-to",
    "integration",
    "onboarding",
    "outage",
    "performance",
    "pricing",
    "reference",
    "security",
    "VIP",
];

pub(super) const TEAMS: &[&str] = &["Support", "Escalations", "Success"];

/// Places: country, its code, the continent's code, region, city.
pub(super) const PLACES: &[(&str, &str, &str, &str, &str)] = &[
    ("Germany", "DEU", "EU", "Berlin", "Berlin"),
    ("France", "FRA", "EU", "Île-de-France", "Paris"),
    ("United States", "USA", "NA", "Massachusetts", "Boston"),
    ("Japan", "JPN", "AS", "Tokyo", "Tokyo"),
    ("Brazil", "BRA", "SA", "São Paulo", "São Paulo"),
    ("Kenya", "KEN", "AF", "Nairobi", "Nairobi"),
];

pub(super) const NOTES: &[&str] = &[
    "<p>Asked for the security questionnaire; sent it on the same day.</p>",
    "<p>Prefers to be called in the morning.</p>",
    "<p>Renewal is in sight: <b>talk to them first</b>.</p>",
    "<p>Moved from another tool, and compares prices &amp; answers.</p>",
    "<p>Champion of the pilot.<br>Knows the API well.</p>",
];
