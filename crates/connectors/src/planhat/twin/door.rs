//! Who may come in, and where a request goes.

use http::Method;
use model::Timestamp;
use serde_json::{Value, json};

use super::{
    analytics, answers, bulk,
    comment::COMMENT,
    deal, file, list,
    models::{Deleted, MODELS, Model, Verb, by_path, has},
    nps,
    record::{FieldMap, Refusal, object, text_of},
    revenue,
    state::State,
    switches::Switches,
    table::Key,
    time, user, write,
};
use crate::kit::{Request, Response};

/// Answers a request.
pub(super) fn answer(
    state: &mut State,
    switches: &Switches,
    token: Option<&str>,
    request: &Request,
    now: Timestamp,
) -> Response {
    let door = Door { switches, now };
    let result = if request.path == "/.well-known/oauth-authorization-server" && request.method == Method::GET
    {
        Ok(discovery())
    } else if let Some(answered) = analytics::answer(state, switches, token, request, now) {
        answered
    } else if !is_known(token, request) {
        Err(Refusal::new(401, "unauthorized"))
    } else {
        door.route(state, request)
    };
    work_out(state, now);
    result.unwrap_or_else(|refusal| answers::refused(switches, &refusal))
}

/// Works out what follows from the records that the request wrote.
fn work_out(state: &mut State, now: Timestamp) {
    for (what, id) in state.take_stale() {
        match what {
            "company" => revenue::work_out(state, &id, now),
            "nps" => nps::work_out(state, &id, now),
            "deal" => deal::work_out(state, &id, now),
            _ => {}
        }
    }
}

struct Door<'a> {
    switches: &'a Switches,
    now: Timestamp,
}

type Answered = Result<Response, Refusal>;

impl Door<'_> {
    fn route(&self, state: &mut State, request: &Request) -> Answered {
        let segments = segments(&request.path).ok_or_else(not_found)?;
        let mut segments = segments.iter().map(String::as_str);
        let (first, id, more) = (segments.next(), segments.next(), segments.next());
        if first == Some("myprofile") && id.is_none() && request.method == Method::GET {
            return match self.switches.no_profile {
                true => Err(not_found()),
                false => Ok(answers::record(user::profile(state))),
            };
        }
        if first == Some("files") && request.method == Method::GET {
            return file::get(self.switches, id, more);
        }
        if (first, id, more) == (Some("timeentries"), Some("duplicate"), None)
            && request.method == Method::POST
        {
            return self.duplicate(state, request);
        }
        if let (Some("companies"), Some(company), Some(of)) = (first, id, more)
            && self.switches.legacy
        {
            return self.of_company(state, company, of, segments.next(), request);
        }
        let exists = |model: &&Model| (model.exists)(self.switches);
        let model = first.and_then(by_path).filter(exists).ok_or_else(not_found)?;
        self.serve(state, model, id, more, request)
    }

    fn serve(
        &self,
        state: &mut State,
        model: &Model,
        id: Option<&str>,
        more: Option<&str>,
        request: &Request,
    ) -> Answered {
        let writes = request.method != Method::GET;
        if writes && model.name == COMMENT.name && self.switches.refuses_comments {
            return Err(not_found());
        }
        match (&request.method, id, more) {
            (&Method::GET, None, None) if model.offers('L') => self.list(state, model, request),
            (&Method::POST, None, None) if model.offers('C') => self.create(state, model, request),
            (&Method::PUT, None, None) if model.offers('B') => self.bulk(state, model, request),
            (&Method::GET, Some(id), None) if model.offers('G') => self.get(state, model, id),
            (&Method::PUT, Some(id), None) if model.offers('U') => self.update(state, model, id, request),
            (&Method::DELETE, Some(id), None) if model.offers('D') => self.delete(state, model, id),
            _ => Err(not_found()),
        }
    }

    /// `/companies/{id}/licenses` and `/companies/{id}/endusers`, as they were in 2017.
    fn of_company(
        &self,
        state: &mut State,
        company: &str,
        of: &str,
        id: Option<&str>,
        request: &Request,
    ) -> Answered {
        let model = by_path(of)
            .filter(|_| matches!(of, "licenses" | "endusers"))
            .ok_or_else(not_found)?;
        let mut request = request.clone();
        if id.is_none() && request.method == Method::POST {
            let mut body = one(&request)?;
            body.insert("companyId".to_owned(), company.into());
            request.body = Value::Object(body).to_string().into();
        }
        let request = request.query("companyId", company);
        self.serve(state, model, id, None, &request)
    }

    /// Copies time entries, by a bulk write.
    fn duplicate(&self, state: &mut State, request: &Request) -> Answered {
        let body = one(request)?;
        let ids = body.get("ids").and_then(Value::as_array);
        let ids = ids.ok_or_else(|| Refusal::bad("ids must be a list"))?;
        let copies = time::copies(state, ids);
        bulk::upsert(state, self.switches, &time::TIME_ENTRY, copies, self.now)
    }

    fn list(&self, state: &mut State, model: &Model, request: &Request) -> Answered {
        self.allow(model, Verb::View)?;
        let body = list::page(state, self.switches, model, &request.query, self.now)?;
        Ok(Response::json_text(200, body))
    }

    fn get(&self, state: &State, model: &Model, id: &str) -> Answered {
        self.allow(model, Verb::View)?;
        if model.kind.is_some() && self.switches.no_ticket_by_id {
            return Err(not_found());
        }
        let mut record = find(state, model, model.get_keys, id)?;
        let archived = record.get(model.archived) == Some(&Value::Bool(true));
        if !model.archived.is_empty() && archived && self.switches.hides_archived_by_id {
            return Err(missing(model, id));
        }
        if let Some(look) = model.look {
            look(self.switches, &mut record, self.now);
        }
        (model.embed)(state, &mut record);
        record.retain(|name, _| !has(model.hidden, name));
        for (name, value) in object(model.added) {
            record.entry(name).or_insert(value);
        }
        if model.kind.is_some() && self.switches.hides_ticket_source_id {
            record.remove("sourceId");
        }
        Ok(answers::record(record))
    }

    fn create(&self, state: &mut State, model: &Model, request: &Request) -> Answered {
        self.allow(model, Verb::Create)?;
        let body = one(request)?;
        let id = write::create(state, self.switches, model, body, self.now)?;
        let mut record = state.get(model.table, &id).unwrap_or_default();
        record.retain(|name, _| !has(model.hidden_after_write, name));
        (model.extras)(state, &mut record);
        Ok(answers::record(record))
    }

    fn update(&self, state: &mut State, model: &Model, id: &str, request: &Request) -> Answered {
        self.allow(model, Verb::Update)?;
        let mut body = one(request)?;
        if body.remove("_id").is_some() && self.switches.refuses_put_id {
            return Err(Refusal::bad("_id must not be in the body"));
        }
        let id = text_of(&find(state, model, model.put_keys, id)?, "_id").unwrap_or_default();
        write::update(state, self.switches, model, &id, body, self.now, true)?;
        let mut record = state.get(model.table, &id).unwrap_or_default();
        record.retain(|name, _| !has(model.hidden_after_write, name));
        (model.echo)(&mut record);
        Ok(answers::record(record))
    }

    fn delete(&self, state: &mut State, model: &Model, id: &str) -> Answered {
        self.allow(model, Verb::Delete)?;
        let keys: &[Key] = if self.switches.deletes_by_key {
            &[Key::External, Key::Source]
        } else {
            &[]
        };
        let mut record = find(state, model, keys, id)?;
        state.remove(model, &text_of(&record, "_id").unwrap_or_default());
        (model.removed)(state, &record, self.now);
        Ok(match model.deleted {
            Deleted::Record => {
                record.retain(|name, _| !has(model.hidden_after_write, name));
                answers::record(record)
            }
            Deleted::Other if self.switches.empty_delete => Response::text(204, ""),
            Deleted::Count | Deleted::Other => {
                Response::json(200, &json!({ "n": 1, "ok": 1, "deletedCount": 1 }))
            }
        })
    }

    fn bulk(&self, state: &mut State, model: &Model, request: &Request) -> Answered {
        let records = match parse(request)? {
            Value::Array(records) => records,
            record @ Value::Object(_) if model.bulk_of_one => vec![record],
            _ => return Err(Refusal::bad("a bulk upsert takes a list of records")),
        };
        bulk::upsert(state, self.switches, model, records, self.now)
    }

    fn allow(&self, model: &Model, verb: Verb) -> Result<(), Refusal> {
        if !self.switches.denied.contains(&(model.name, verb)) {
            return Ok(());
        }
        let status = if self.switches.denied_is_404 { 404 } else { 403 };
        Err(Refusal::new(
            status,
            format!("the token has no permission on {}", model.name),
        ))
    }
}

fn find(state: &State, model: &Model, keys: &[Key], id: &str) -> Result<FieldMap, Refusal> {
    let keyed = [("extid-", Key::External), ("srcid-", Key::Source)]
        .into_iter()
        .find_map(|(prefix, key)| Some((key, id.strip_prefix(prefix)?)));
    let record = match keyed {
        Some((key, value)) if keys.contains(&key) => state.by(model.table, key, value).into_iter().next(),
        Some(_) => None,
        None => write::find(state, model, id),
    };
    record.ok_or_else(|| missing(model, id))
}

fn missing(model: &Model, id: &str) -> Refusal {
    let id: String = id.chars().take(80).collect();
    Refusal::new(404, format!("no {} has the id {id}", model.name))
}

fn not_found() -> Refusal {
    Refusal::new(404, "not found")
}

fn parse(request: &Request) -> Result<Value, Refusal> {
    serde_json::from_slice(&request.body).map_err(|_| Refusal::bad("the body is not JSON"))
}

fn one(request: &Request) -> Result<FieldMap, Refusal> {
    match parse(request)? {
        Value::Object(body) => Ok(body),
        _ => Err(Refusal::bad("the body must be an object")),
    }
}

/// The path's parts, decoded; nothing if they are no text. Empty ones are passed over, so that an empty id is no id.
pub(super) fn segments(path: &str) -> Option<Vec<String>> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(decode).collect()
}

fn decode(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let value = digit(rest.next()?)? * 16 + digit(rest.next()?)?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// Whether the request brings a token that is taken.
pub(super) fn is_known(token: Option<&str>, request: &Request) -> bool {
    let Some(header) = request.header_text("authorization") else {
        return false;
    };
    let Some((scheme, rest)) = header.trim().split_once(' ') else {
        return false;
    };
    let given = if scheme.eq_ignore_ascii_case("bearer") {
        Some(rest.trim().to_owned())
    } else if scheme.eq_ignore_ascii_case("basic") {
        let text = unbase64(rest.trim()).and_then(|bytes| String::from_utf8(bytes).ok());
        text.and_then(|text| text.strip_suffix(':').map(str::to_owned))
    } else {
        None
    };
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        return false;
    };
    token.is_none_or(|token| token == given)
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0u32);
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

fn discovery() -> Response {
    let body = json!({
        "issuer": "https://api.planhat.com",
        "authorization_endpoint": "https://ws.planhat.com/oauth/authorize",
        "token_endpoint": "https://api.planhat.com/oauth/token",
        "scopes_supported": ["inclusive"],
        "code_challenge_methods_supported": ["S256"],
    });
    Response::json(200, &body)
}

/// The names that a dump takes.
pub(super) fn objects(switches: &Switches) -> Vec<&'static str> {
    let owners = MODELS.iter().filter(|model| model.owns_table());
    let shown = owners.filter(|model| (model.exists)(switches));
    let mut names: Vec<&str> = shown.map(|model| model.name).collect();
    names.push("conversationtype");
    names
}
