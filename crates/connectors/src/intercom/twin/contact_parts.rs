//! What belongs to a contact: companies, segments, subscriptions.

use http::Method;
use serde_json::{Value, json};

use super::{
    call::{Call, Reply, route},
    companies::{self, COMPANIES},
    contacts::{CONTACTS, READ, found},
    door::Resource,
    page::{Sizes, numbered_list},
    record::{add_id, ids, remove_id},
    refusal::Refusal,
    segments,
    state::Record,
};

const WRITE: &str = "read_and_write_users";

/// So many companies a contact may have.
const MOST_COMPANIES: usize = 1_000;

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[],
    routes: &[
        route(Method::GET, "/contacts/{}/companies", READ, companies_of),
        route(Method::POST, "/contacts/{}/companies", WRITE, attach),
        route(Method::DELETE, "/contacts/{}/companies/{}", WRITE, detach),
        route(Method::GET, "/contacts/{}/segments", READ, segments_of),
        route(Method::GET, "/contacts/{}/subscriptions", READ, subscriptions_of),
        route(Method::GET, "/subscription_types", READ, subscription_types),
    ],
};

fn companies_of(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let contact = found(call, call.place(0))?;
    let companies = ids(contact, "companies").filter_map(|id| call.state.get(COMPANIES, id));
    let companies: Vec<&Record> = companies.collect();
    let list = numbered_list(call, Sizes(50, 60), companies, |company| {
        call.show(COMPANIES, company)
    })?;
    Ok(Reply::of(list))
}

fn attach(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let contact = found(call, call.place(0))?;
    let count = ids(contact, "companies").count();
    let id = call.id("id").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Refusal::missing("company not specified"))?;
    let is_in = ids(contact, "companies").any(|known| known == id);
    companies::found(call.state, &id)?;
    if count >= MOST_COMPANIES && !is_in {
        let message = "Contact has reached the maximum of 1000 company associations";
        return Err(Refusal::new(400, "contact_company_limit_exceeded", message));
    }
    relate(call, &id, true)
}

fn detach(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let contact = found(call, call.place(0))?;
    let id = call.place(1).to_owned();
    if !ids(contact, "companies").any(|known| known == id) {
        return Err(companies::unknown());
    }
    relate(call, &id, false)
}

/// Has the contact of the path be of a company or not, and answers with the company.
fn relate(call: &mut Call<'_>, company: &str, is_on: bool) -> Result<Reply, Refusal> {
    let contact = call.place(0).to_owned();
    let moves = call.state.switches.is("relations_move_contact", "yes");
    let now = call.seconds();
    let mut is_new = false;
    call.state.change(CONTACTS, &contact, |contact| {
        is_new = match is_on {
            true => add_id(contact, "companies", company),
            false => remove_id(contact, "companies", company),
        };
        if is_new && moves {
            contact.insert("updated_at".to_owned(), now.into());
        }
    });
    if is_new {
        call.tell_related(&contact, company, is_on);
    }
    let company = companies::found(call.state, company)?;
    Ok(Reply::of(call.show(COMPANIES, company)))
}

fn segments_of(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let contact = found(call, call.place(0))?;
    Ok(Reply::of(segments::data(&call.view(), ids(contact, "segments"))))
}

fn subscriptions_of(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    found(call, call.place(0))?;
    subscription_types(call)
}

/// The workspace has none.
fn subscription_types(_: &mut Call<'_>) -> Result<Reply, Refusal> {
    let none: Vec<Value> = Vec::new();
    Ok(Reply::of(json!({"type": "list", "data": none})))
}
