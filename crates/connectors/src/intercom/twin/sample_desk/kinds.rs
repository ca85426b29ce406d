//! How conversations go.

use serde_json::json;

use super::{
    super::{files, part::Standing, people},
    talks::machine_facts,
    thread::Thread,
    words,
};

/// One of the ways.
pub(super) fn one(thread: &mut Thread<'_>, way: usize) {
    match way {
        0 | 6 => short(thread),
        1 => long(thread),
        2 | 8 => mail(thread),
        3 => outreach(thread),
        4 => group(thread),
        5 => machine(thread),
        7 => files_only(thread),
        9 => asleep(thread),
        10 => redacted(thread),
        _ => back_and_forth(thread),
    }
}

/// Every kind of part that there is.
pub(super) fn everything(thread: &mut Thread<'_>) {
    for kind in words::SAID {
        let author = match *kind {
            "open" => thread.contact.clone(),
            _ => thread.admin.clone(),
        };
        let body = format!("<p>said with {kind}</p>");
        let part = thread.part(kind, author, Some(&body));
        thread.add(part);
    }
    for (kind, details) in words::EVENTS {
        thread.event(kind, details);
    }
    let mut part = thread.part("quick_reply", thread.admin.clone(), None);
    part.extra().metadata = json!({"quick_reply_options": [
        {"text": "Yes", "uuid": "a5e1c524-5ddd-4c3e-9328-6bca5d6e3edb"},
        {"text": "No", "uuid": "f4a98af1-be56-4948-a57e-e1a83f8484c6"},
    ]});
    thread.add(part);
    thread.shows(thread.contact.clone(), "log file.txt");
    thread.pictures();
}

fn short(thread: &mut Thread<'_>) {
    thread.answers();
    thread.asks();
    thread.answers();
    thread.close(None);
}

fn long(thread: &mut Thread<'_>) {
    thread.machine();
    thread.asks();
    thread.event("resolution_bot_found_no_answer", "null");
    thread.assign(Some("<p>Yours, I think.</p>"));
    for _ in 0..thread.chance.between(5, 20) {
        match thread.chance.roll(6) {
            0 => thread.notes(),
            1 => thread.pictures(),
            2 => thread.shows(thread.contact.clone(), "report.csv"),
            3 => thread.asks(),
            _ => thread.answers(),
        }
    }
    thread.close(Some("<p>I am closing this for now.</p>"));
    thread.reopen();
    thread.answers();
}

fn mail(thread: &mut Thread<'_>) {
    let subject = thread.chance.pick(words::SUBJECTS);
    let picture = thread.file("logo.png");
    let body = format!(
        "<div dir=\"ltr\">{}<p>Kind regards</p>{}</div>{}",
        thread.chance.pick(words::QUESTIONS),
        files::image(&picture, "logo.png"),
        words::QUOTED,
    );
    let from = thread
        .contact
        .email
        .clone()
        .unwrap_or_else(|| "someone@x.example".into());
    let source = &mut thread.talk.source;
    source.kind = "email".into();
    source.subject = subject.into();
    source.body = Some(body.into());
    source.url = None;
    source.email = json!({
        "recipients": [{"type": "to", "email": "help@twin.example", "drop_reason": null}],
        "reply_to": [{"email": from, "name": null}],
        "metadata": {"message_id": "<1@mail.example>", "subject": subject, "history": words::QUOTED,
            "email_address_headers": [{"type": "from", "email_address": from, "name": null}]},
    });
    let file = thread.file("invoice.pdf");
    thread
        .talk
        .source
        .attachments
        .push(files::made(&file, "invoice.pdf"));
    thread.mails(thread.admin.clone());
    thread.mails(thread.contact.clone());
    thread.notes();
    if thread.chance.one_in(2) {
        thread.close(None);
    }
}

/// An admin wrote, and nobody answered.
fn outreach(thread: &mut Thread<'_>) {
    let source = &mut thread.talk.source;
    source.author = thread.admin.clone();
    source.delivered_as = "admin_initiated".into();
    source.body = Some("<p>We have <b>news</b> for you.</p>".into());
    source.url = None;
    thread.talk.waiting_since = None;
}

fn group(thread: &mut Thread<'_>) {
    for _ in 0..2 {
        let other = thread.chance.pick(&thread.world.contacts);
        if let Some(author) = people::contact(thread.state, &other)
            && !thread.talk.contacts.contains(&other)
        {
            let part = thread.part("participant_added", thread.admin.clone(), None);
            thread.talk.contacts.push(other);
            thread.add(part);
            let part = thread.part("comment", author, Some("<p>I have the same problem.</p>"));
            thread.add(part);
        }
    }
    thread.answers();
}

/// The machine alone.
fn machine(thread: &mut Thread<'_>) {
    thread.machine();
    thread.asks();
    thread.machine();
    thread.talk.ai = machine_facts(thread.at);
    thread.talk.stand(Standing::Closed, None);
    let part = thread.part("close", people::bot(thread.state), None);
    thread.add(part);
}

/// What has no text.
fn files_only(thread: &mut Thread<'_>) {
    thread.talk.source.kind = "whatsapp".into();
    thread.talk.source.body = None;
    for name in ["photo 1.jpg", "voice.zip"] {
        let file = thread.file(name);
        thread.talk.source.attachments.push(files::made(&file, name));
    }
    thread.shows(thread.admin.clone(), "manual.pdf");
}

fn asleep(thread: &mut Thread<'_>) {
    thread.assign(None);
    thread.answers();
    thread.snooze();
}

fn redacted(thread: &mut Thread<'_>) {
    thread.asks();
    if let Some(part) = thread.talk.parts.last_mut() {
        part.body = Some("<p><i>This message was deleted</i></p>".into());
        part.redacted = true;
    }
    thread.answers();
    thread.close(None);
}

fn back_and_forth(thread: &mut Thread<'_>) {
    for _ in 0..thread.chance.between(1, 4) {
        thread.answers();
        thread.asks();
    }
    if thread.chance.one_in(3) {
        thread.assign(None);
    }
}
