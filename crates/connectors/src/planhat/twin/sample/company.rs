//! Companies: every name, domain and website once.

use model::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    World, custom,
    dice::{self, Dice, Subject},
    people::Person,
    stamp, words,
};

/// What others need to know of a company; cheap to work out again from its place.
pub(super) struct Core {
    pub(super) place: u64,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) made: Timestamp,
    /// Which of the scripts in `NATIVE_COMPANIES` its name is in, if any.
    pub(super) script: Option<usize>,
    country: &'static str,
    city: &'static str,
}

pub(super) fn core(world: &World, place: u64) -> Core {
    let mut dice = Dice::new(world.seed, Subject::Company, place, 0);
    let made = dice.moment(super::years_ago(world.now, 8), super::years_ago(world.now, 1));
    let latin = latin(world.seed, place);
    let native = native(place);
    let (name, country, city) = match &native {
        Some((_, name, country, city)) => (name.clone(), *country, *city),
        None => (
            format!("{}{}", latin.name, if place % 50 == 7 { " 🚀" } else { "" }),
            latin.country,
            latin.city,
        ),
    };
    Core {
        place,
        id: dice::id(world.seed, Subject::Company, place, 0, made),
        name,
        domain: latin.domain,
        made,
        script: native.map(|(script, ..)| script),
        country,
        city,
    }
}

struct Latin {
    name: String,
    domain: String,
    country: &'static str,
    city: &'static str,
}

/// Walks all combinations of root, ending and form before it starts numbering them.
fn latin(seed: u64, place: u64) -> Latin {
    let (roots, endings, forms) = (
        words::ROOTS.len() as u64,
        words::ENDINGS.len() as u64,
        words::FORMS.len() as u64,
    );
    let total = roots * endings * forms;
    // 7,919 is prime and divides none of the three lengths: each combination is met once a round.
    let at = (place.wrapping_mul(7_919).wrapping_add(seed % total)) % total;
    let part = |list: &'static [&'static str], at: u64| list.get(at as usize).copied().unwrap_or_default();
    let (root, ending) = (
        part(words::ROOTS, at % roots),
        part(words::ENDINGS, at / roots % endings),
    );
    let (form, suffix, country, city) = words::FORMS
        .get((at / roots / endings) as usize)
        .copied()
        .unwrap_or_default();
    let trade = Dice::new(seed, Subject::Company, place, 1).pick(words::TRADES);
    let round = match place / total {
        0 => String::new(),
        round => format!("{}", round + 1),
    };
    let gap = if round.is_empty() { "" } else { " " };
    Latin {
        name: format!("{root}{ending}{trade}{gap}{round} {form}"),
        domain: format!("{}{ending}{round}{suffix}.example", root.to_lowercase()),
        country,
        city,
    }
}

fn native(place: u64) -> Option<(usize, String, &'static str, &'static str)> {
    if place % 17 != 3 {
        return None;
    }
    let (at, scripts) = (place / 17, words::NATIVE_COMPANIES.len() as u64);
    let script = (at % scripts) as usize;
    let (heads, tails, country, city) = words::NATIVE_COMPANIES.get(script).copied()?;
    let (head, rest) = (
        at / scripts % heads.len() as u64,
        at / scripts / heads.len() as u64,
    );
    let (tail, round) = (rest % tails.len() as u64, rest / tails.len() as u64);
    let round = if round == 0 {
        String::new()
    } else {
        format!(" {}", round + 1)
    };
    let name = format!(
        "{} {}{round}",
        heads.get(head as usize)?,
        tails.get(tail as usize)?
    );
    Some((script, name, country, city))
}

pub(super) fn record(world: &World, core: &Core, contacts: &[Person]) -> Map<String, Value> {
    let mut dice = Dice::new(world.seed, Subject::Company, core.place, 2);
    let mut record = super::object(json!({
        "_id": core.id, "name": core.name, "slug": slug(&core.domain), "phase": dice.pick(words::PHASES),
        "status": dice.pick(words::STATUSES), "domains": domains(core), "tags": super::tags(&mut dice, words::TAGS, 3),
        "shareable": {"enabled": false, "euIds": [], "sunits": false}, "followers": [], "collaborators": [],
        "lastPerformedTriggers": [], "sales": [], "licenses": [], "csmScoreLog": [], "documents": [], "links": [],
        "alerts": [], "lastActivities": [], "lastTouchByType": {}, "features": {}, "sunits": {}, "usage": {},
        "createDate": stamp(core.made), "createdAt": stamp(core.made), "__v": 0,
    }));
    let changed = stamp(dice.moment(core.made, world.now));
    for name in ["lastUpdated", "updatedAt"] {
        record.insert(name.to_owned(), json!(changed));
    }
    record.extend(owners(world, core, &mut dice));
    record.extend(money(&mut dice));
    record.extend(address(core, &mut dice));
    record.extend(keys(core, &mut dice));
    record.extend(times(world, core, &mut dice));
    record.extend(tree(world, core));
    record.insert(
        "custom".to_owned(),
        custom::of_company(world, &mut dice, core, contacts),
    );
    record
}

fn slug(domain: &str) -> String {
    domain.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn domains(core: &Core) -> Vec<String> {
    match core.place % 10 {
        8 => Vec::new(),
        3 => vec![core.domain.clone(), format!("group.{}", core.domain)],
        _ => vec![core.domain.clone()],
    }
}

fn owners(world: &World, core: &Core, dice: &mut Dice) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, dice: &mut Dice| {
        if let Some(user) = world.users.get(dice.roll(world.users.len() as u64) as usize) {
            fields.insert(name.to_owned(), json!(user.id));
        }
    };
    if core.place % 12 != 9 {
        put("owner", dice);
    }
    if core.place % 4 == 1 {
        put("coOwner", dice);
    }
    fields
}

fn money(dice: &mut Dice) -> Map<String, Value> {
    let mr = dice.between(0, 2_000_000);
    let cents = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100).parse::<serde_json::Number>();
    let amount = |value: i64| cents(value).map_or(Value::Null, Value::Number);
    super::object(json!({
        "h": dice.roll(11), "csmScore": dice.between(1, 5), "mr": amount(mr), "mrr": amount(mr), "arr": amount(mr * 12),
        "nrr30": 0, "mrrTotal": amount(mr * 30), "nrrTotal": dice.roll(50_000), "mrTotal": amount(mr * 31),
        "renewalMrr": amount(mr), "renewalArr": amount(mr * 12), "orgMrr": amount(mr), "orgArr": amount(mr * 12),
        "orgMrrTotal": amount(mr * 30), "orgArrTotal": amount(mr * 360), "orgHealthTotal": dice.roll(11),
        "nps": dice.between(-100, 100), "products": [dice.pick(words::PRODUCTS)],
        "renewalDaysFromNow": dice.between(-400, 700), "autoRenews": null, "headId": null,
    }))
}

fn address(core: &Core, dice: &mut Dice) -> Map<String, Value> {
    let mut fields = super::object(json!({
        "country": core.country, "city": core.city, "zip": format!("{:05}", dice.roll(100_000)),
        "address": format!("{} Harbour St.\nc/o Post box {}", dice.between(1, 250), dice.roll(1_000)),
    }));
    let mut put = |name: &str, value: String| fields.insert(name.to_owned(), json!(value));
    if dice.one_in(2) {
        put(
            "phonePrimary",
            format!(
                "+1 (555) {:03}-{:04} ext. {}",
                dice.roll(1_000),
                dice.roll(10_000),
                dice.roll(99)
            ),
        );
    }
    if core.place % 10 != 8 {
        put("web", format!("https://www.{}", core.domain));
    }
    match core.place % 5 {
        0 => put(
            "description",
            format!("{} {}", dice.pick(words::SENTENCES), dice.pick(words::SENTENCES)),
        ),
        1 => put(
            "description",
            format!(
                "Line one\nLine two\t{}\r\n\r\n* not a list",
                dice.pick(words::SENTENCES)
            ),
        ),
        _ => None,
    };
    fields
}

/// `externalId` comes as a text, as a text of digits, as a number, or not at all.
fn keys(core: &Core, dice: &mut Dice) -> Map<String, Value> {
    let mut fields = Map::new();
    let external_id = match core.place % 4 {
        0 => Some(json!(format!("acct-{:05}", core.place))),
        1 => Some(json!(format!("{}", 100_000 + core.place))),
        2 => Some(json!(5_000_000 + core.place)),
        _ => None,
    };
    fields.extend(external_id.map(|id| ("externalId".to_owned(), id)));
    if dice.one_in(3) {
        let id = format!("001{:07}{:05}AAC", core.place, dice.roll(100_000));
        fields.insert("sourceId".to_owned(), json!(id));
    }
    fields
}

fn times(world: &World, core: &Core, dice: &mut Dice) -> Map<String, Value> {
    let touched = dice.moment(core.made, world.now);
    let customer_from = match core.place % 40 {
        9 => "1968-05-01T00:00:00.000Z".to_owned(),
        _ => stamp(dice.moment(super::years_ago(world.now, 9), core.made)),
    };
    super::object(json!({
        "customerFrom": customer_from, "customerTo": null, "renewalDate": null, "lastRenewal": stamp(core.made),
        "lastTouch": stamp(touched), "lastTouchType": "email", "lastActive": stamp(touched),
        "phaseSince": stamp(dice.moment(core.made, world.now)),
        "nextTouch": world.now.as_millisecond() + dice.between(1, 90) * 86_400_000,
    }))
}

/// Of each ten companies one is a root with two children and a grandchild.
fn tree(world: &World, core: &Core) -> Map<String, Value> {
    let root = core.place - core.place % 10;
    let above: &[u64] = match core.place % 10 {
        0 => &[],
        4 | 5 => &[root],
        6 => &[root, root + 5],
        _ => return Map::new(),
    };
    let ids: Vec<String> = above.iter().map(|place| self::core(world, *place).id).collect();
    let path = match ids.as_slice() {
        [] => String::new(),
        ids => format!(",{},", ids.join(",")),
    };
    super::object(json!({
        "orgRootId": ids.first().unwrap_or(&core.id), "orgPath": path, "orgLevel": ids.len(), "orgUnits": 4,
        "orgPathCount": ids.len(),
    }))
}
