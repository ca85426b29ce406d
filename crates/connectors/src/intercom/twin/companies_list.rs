//! Companies by the page, by what they have, and by the scroll.

use http::Method;
use serde_json::{Value, json};

use super::{
    call::{Call, Reply, id_of, route},
    companies::{COMPANIES, unknown, users},
    door::Resource,
    page::{Numbered, Sizes, numbered_list},
    record::{is, text},
    refusal::{Refusal, request_id},
    state::Record,
    table::{Direction, Layout, rank},
};

const SCROLLS: &str = "scrolls";
const READ: &str = "read_users_and_companies";
const SIZES: Sizes = Sizes(15, 60);

/// So many companies are reached by pages.
const MOST: usize = 10_000;

/// So many seconds a scroll lives without use.
const SCROLL_SECONDS: i64 = 60;

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[Layout {
        table: SCROLLS,
        object: None,
        orders: &[],
        keys: &[],
        show: |_, _| Value::Null,
    }],
    routes: &[
        route(Method::GET, "/companies", READ, filtered),
        route(Method::POST, "/companies/list", READ, list),
        route(Method::GET, "/companies/scroll", READ, scroll),
    ],
};

/// One company by its name or the customer's own id, or a page of those with a tag or in a segment.
fn filtered(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let companies = call.state.table(COMPANIES);
    let one = match (call.query_text("company_id"), call.query_text("name")) {
        (Some(own), _) => companies.by("company_id", own).next(),
        (None, Some(name)) => companies.by("name", &name.to_lowercase()).next(),
        (None, None) => return several(call),
    };
    Ok(Reply::of(call.show(COMPANIES, one.ok_or_else(unknown)?)))
}

fn several(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let companies = call.state.table(COMPANIES);
    let found: Vec<&Record> = match (call.query_text("tag_id"), call.query_text("segment_id")) {
        (Some(tag), _) => companies.by("tag", tag).collect(),
        (None, Some(segment)) => companies.by("segment", segment).collect(),
        (None, None) => return Err(Refusal::missing("company not specified")),
    };
    let show = |company| call.show(COMPANIES, company);
    Ok(Reply::of(numbered_list(call, SIZES, found, show)?))
}

/// A page of the companies that have contacts, by when they were seen last.
fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let page = Numbered::of(call, SIZES)?;
    if page.skipped().saturating_add(page.per_page) > MOST {
        return Err(Refusal::bad("page limit reached, please use scroll API"));
    }
    let order = call.query_text("order").or_else(|| call.text("order"));
    let direction = match order {
        Some("asc") => Direction::Up,
        _ => Direction::Down,
    };
    let view = call.view();
    let walk = view
        .state
        .table(COMPANIES)
        .walk("last_request_at", direction, i64::MIN, i64::MAX, None);
    let has_users = |company: &Record| users(view.state, text(company, "id").unwrap_or("")) > 0;
    let mut total = 0;
    let mut data = Vec::new();
    for (_, company) in walk.filter(|(_, company)| has_users(company)) {
        if total >= page.skipped() && data.len() < page.per_page {
            data.push(view.show(COMPANIES, company));
        }
        total += 1;
    }
    let pages = page.pages(call, total);
    Ok(Reply::of(
        json!({"type": "list", "data": data, "pages": pages, "total_count": total}),
    ))
}

/// Opens the one scroll that there may be, or goes on with it.
fn scroll(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let now = call.seconds();
    let open = call.state.get(SCROLLS, "1").cloned();
    let lives = |scroll: &Record| {
        let used = scroll.get("used_at").and_then(Value::as_i64).unwrap_or(0);
        now - used < SCROLL_SECONDS
    };
    let open = open.filter(lives);
    let mut scroll = match (
        call.query_text("scroll_param").filter(|text| !text.is_empty()),
        open,
    ) {
        (None, Some(_)) => {
            let message = "scroll already exists for this workspace";
            return Err(Refusal::new(400, "scroll_exists", message));
        }
        (None, None) => opened(call),
        (Some(param), Some(open)) if text(&open, "param") == Some(param) => open,
        (Some(_), _) => return Err(Refusal::not_found("scroll parameter not found")),
    };
    check_luck(call, &mut scroll)?;
    let data = turn(call, &mut scroll);
    let param = scroll.get("param").cloned();
    match data.is_empty() {
        true => {
            call.state.remove(SCROLLS, "1");
        }
        false => {
            scroll.insert("used_at".to_owned(), now.into());
            call.state.put(SCROLLS, scroll);
        }
    }
    Ok(Reply::of(json!({
        "type": "list", "data": data, "pages": null, "total_count": null, "scroll_param": param,
    })))
}

/// The first scroll of a twin breaks off at its second call, where that is asked for.
fn check_luck(call: &mut Call<'_>, scroll: &mut Record) -> Result<(), Refusal> {
    let turn = scroll.get("turn").and_then(Value::as_u64).unwrap_or(0);
    scroll.insert("turn".to_owned(), (turn + 1).into());
    let is_first = text(scroll, "param") == Some(request_id(1).as_str());
    if !(is_first && turn == 1 && call.state.switches.is("scroll_breaks", "once")) {
        return Ok(());
    }
    call.state.remove(SCROLLS, "1");
    let message = "Request failed due to an internal network error. Please restart the scroll operation.";
    Err(Refusal::new(500, "server_error", message))
}

fn opened(call: &mut Call<'_>) -> Record {
    let number = call.state.next_number(SCROLLS, 0).parse().unwrap_or(0);
    let mut scroll = Record::new();
    scroll.insert("id".to_owned(), "1".into());
    scroll.insert("param".to_owned(), request_id(number).into());
    scroll
}

/// The next companies of a scroll, which then stands behind them.
fn turn(call: &Call<'_>, scroll: &mut Record) -> Vec<Value> {
    let switches = &call.state.switches;
    let size = switches.text("scroll_size").parse().unwrap_or(100);
    let is_all = switches.is("scroll_shows", "all");
    let after = scroll.get("after").and_then(id_of);
    let rows = call.state.table(COMPANIES).after(after.as_deref().and_then(rank));
    let id = |company: &Record| text(company, "id").unwrap_or("").to_owned();
    let shown = rows.filter(|company| is_all || users(call.state, &id(company)) > 0);
    let page: Vec<&Record> = shown
        .filter(|company| !is(company, "archived"))
        .take(size)
        .collect();
    if let Some(last) = page.last() {
        scroll.insert("after".to_owned(), id(last).into());
    }
    page.into_iter()
        .map(|company| call.show(COMPANIES, company))
        .collect()
}
