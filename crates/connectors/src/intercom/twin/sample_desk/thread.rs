//! One thread while it is written: the clock goes on with each part.

use serde_json::{Value, json};

use super::{
    super::{
        files,
        part::{Author, Part, Standing},
        people,
        state::State,
        talk::{Source, Talk},
    },
    Chance, World, admin, words,
};

/// A conversation that is being written.
pub(super) struct Thread<'a> {
    pub(super) state: &'a mut State,
    pub(super) world: &'a World,
    pub(super) chance: Chance,
    pub(super) talk: Talk,
    pub(super) contact: Author,
    pub(super) admin: Author,
    /// The time of what comes next.
    pub(super) at: i64,
}

const DAY: i64 = 86_400;

impl<'a> Thread<'a> {
    /// A conversation that a contact begins.
    pub(super) fn begin(state: &'a mut State, world: &'a World, place: usize) -> Self {
        let mut chance = world.chance(1, place);
        let contact = chance.pick(&world.contacts);
        let contact = people::contact(state, &contact).unwrap_or_else(|| people::bot(state));
        let admin = match place % 23 {
            7 => admin(state, world.removed),
            _ => admin(state, chance.pick(&world.admins)),
        };
        let at = world.now - chance.between(2, 700) as i64 * DAY - chance.roll(86_400) as i64;
        let source = Source {
            kind: "conversation".into(),
            id: state.next("message", 403_918_000),
            delivered_as: "customer_initiated".into(),
            subject: "".into(),
            body: Some(chance.pick(words::QUESTIONS).into()),
            author: contact.clone(),
            attachments: Vec::new(),
            url: Some("https://app.example.com/settings?tab=1".into()),
            redacted: false,
            email: Value::Null,
        };
        let id = state.next("talk", 400);
        let talk = Talk::new(id, source, vec![contact.id.clone()], at);
        Self {
            state,
            world,
            chance,
            talk,
            contact,
            admin,
            at,
        }
    }

    /// Lets minutes go by, never beyond the present.
    fn wait(&mut self) {
        let seconds = 20 + self.chance.roll(5_000) as i64;
        self.at = (self.at + seconds).min(self.world.now);
    }

    pub(super) fn part(&mut self, kind: &str, author: Author, body: Option<&str>) -> Part {
        self.wait();
        let mut part = Part::new(kind, author, self.at).body(body.map(str::to_owned));
        part.id = self.state.next("part", 100);
        part
    }

    pub(super) fn add(&mut self, part: Part) {
        self.talk.add(part, self.at);
    }

    pub(super) fn asks(&mut self) {
        let body = self.chance.pick(words::QUESTIONS);
        let part = self.part("comment", self.contact.clone(), Some(body));
        self.add(part);
    }

    pub(super) fn answers(&mut self) {
        let body = self.chance.pick(words::ANSWERS);
        let part = self.part("comment", self.admin.clone(), Some(body));
        self.add(part);
    }

    pub(super) fn notes(&mut self) {
        let body = self.chance.pick(words::NOTES);
        let part = self.part("note", self.admin.clone(), Some(body));
        self.add(part);
    }

    /// The vendor's machine says something.
    pub(super) fn machine(&mut self) {
        let body = self.chance.pick(words::MACHINE);
        let mut bot = people::bot(self.state);
        bot.is_answer = self.chance.one_in(2);
        let part = self.part("comment", bot, Some(body));
        self.add(part);
    }

    /// A part that says nothing.
    pub(super) fn event(&mut self, kind: &str, details: &str) {
        let part = self.part(kind, people::bot(self.state), None);
        self.add(part.details(serde_json::from_str(details).unwrap_or_default()));
    }

    pub(super) fn close(&mut self, body: Option<&str>) {
        self.talk.stand(Standing::Closed, None);
        let part = self.part("close", self.admin.clone(), body);
        self.add(part);
    }

    /// The customer comes back with this.
    pub(super) fn reopen(&mut self) {
        self.talk.stand(Standing::Open, None);
        let body = self.chance.pick(words::QUESTIONS);
        let part = self.part("open", self.contact.clone(), Some(body));
        self.add(part);
    }

    pub(super) fn snooze(&mut self) {
        let until = self.world.now + DAY * (1 + self.chance.roll(5) as i64);
        self.talk.stand(Standing::Snoozed, Some(until));
        let part = self.part("snoozed", self.admin.clone(), None);
        self.add(part);
    }

    pub(super) fn assign(&mut self, body: Option<&str>) {
        let to_team = self.chance.one_in(3) && !self.world.teams.is_empty();
        let (kind, id) = match to_team {
            true => ("team", self.chance.pick(&self.world.teams)),
            false => ("admin", self.chance.pick(&self.world.admins)),
        };
        match to_team {
            true => self.talk.team = id,
            false => self.talk.admin = id,
        }
        let part = self.part("assignment", self.admin.clone(), body);
        self.add(part.assigned(kind, id));
    }

    /// A file or a picture with the next word of somebody.
    pub(super) fn shows(&mut self, by: Author, name: &str) {
        let id = self.file(name);
        let mut part = self.part("comment", by, Some("<p>Please see the file.</p>"));
        part.attachments.push(files::made(&id, name));
        self.add(part);
    }

    /// The id of a file for that name.
    pub(super) fn file(&mut self, name: &str) -> String {
        let number = self.chance.roll(1 << 30);
        match files::content_type(name) {
            kind if kind.starts_with("image/") => format!("p{number:x}"),
            "text/csv" | "text/plain" => format!("t{number:x}"),
            _ => format!("b{}-{number:x}", 1_000 + number % 60_000),
        }
    }

    /// Something with a picture in its text.
    pub(super) fn pictures(&mut self) {
        let id = self.file("screen shot.png");
        let body = format!(
            "<p>It looks like this:</p>{}<p>Odd, no?</p>",
            files::image(&id, "screen shot.png")
        );
        let part = self.part("comment", self.contact.clone(), Some(&body));
        self.add(part);
    }

    /// A mail that quotes what came before.
    pub(super) fn mails(&mut self, by: Author) {
        let body = format!("{}{}", self.chance.pick(words::QUESTIONS), words::QUOTED);
        let from = by.email.clone().unwrap_or_else(|| "someone@x.example".into());
        let mut part = self.part("comment", by, Some(&body));
        part.extra().email = json!({
            "subject": self.talk.source.subject, "message_id": format!("<{}@mail.example>", part.id),
            "email_address_headers": [
                {"type": "from", "email_address": from, "name": "Sender"},
                {"type": "to", "email_address": "help@twin.example", "name": null},
                {"type": "cc", "email_address": "boss@acme.example", "name": "Boss"},
            ],
        });
        self.add(part);
    }

    /// Keeps it; its id.
    pub(super) fn done(self) -> u64 {
        let id = self.talk.id;
        self.state.put_talk(self.talk);
        id
    }
}
