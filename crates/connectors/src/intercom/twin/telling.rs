//! Adding to conversations, and telling the app's receiver of it.

use serde_json::Value;

use super::{
    call::{Call, View},
    part::Part,
    refusal::Refusal,
    talk::Talk,
    talk_show,
    version::Version,
};

impl Call<'_> {
    /// The conversation that a place of the path names.
    pub(super) fn conversation(&self, at: usize) -> Result<&Talk, Refusal> {
        self.conversation_of(self.place(at)).ok_or_else(Refusal::resource)
    }

    /// The conversation of that id.
    pub(super) fn conversation_of(&self, id: &str) -> Option<&Talk> {
        let talk = self.state.talk(id.parse().ok()?)?;
        self.state.is_conversation(talk).then_some(talk)
    }

    /// Adds a part after a change, and tells of it. The part's id.
    pub(super) fn add_part(
        &mut self,
        talk: u64,
        mut part: Part,
        change: impl FnOnce(&mut Talk),
        topic: &str,
    ) -> u64 {
        part.id = self.state.next("part", 100);
        let (id, second) = (part.id, self.seconds());
        self.state.change_talk(talk, |talk| {
            change(talk);
            talk.add(part, second);
        });
        self.tell_of(talk, id, topic);
        id
    }

    /// Tells of a part of a conversation; zero: of none of its parts.
    pub(super) fn tell_of(&mut self, talk: u64, part: u64, topic: &str) {
        if self.state.desk.hooks.wants(topic) {
            let talk = self.state.talk(talk);
            let item = talk.map(|talk| {
                let parts = talk.part(part).map(std::slice::from_ref).unwrap_or_default();
                talk_show::told(&self.hook_view(), talk, parts)
            });
            self.tell(topic, item.unwrap_or_default());
        }
    }

    /// Tells of something.
    pub(super) fn tell(&mut self, topic: &str, item: Value) {
        let workspace = self.state.workspace();
        self.state.desk.hooks.tell(workspace, topic, item, self.now);
    }

    /// As the app's webhooks show records.
    pub(super) fn hook_view(&self) -> View<'_> {
        let switches = &self.state.switches;
        let version = match switches.text("webhook_version") {
            "2.15" => Version::V15,
            "2.16" => Version::V16,
            _ => Version::V14,
        };
        View {
            version,
            ..self.view()
        }
    }

    /// Answers with the whole conversation.
    pub(super) fn whole(&self, talk: u64) -> Result<super::call::Reply, Refusal> {
        let is_plain = self.query_text("display_as") == Some("plaintext");
        let talk = self.state.talk(talk).ok_or_else(Refusal::resource)?;
        Ok(super::call::Reply::of(talk_show::whole(
            &self.view(),
            talk,
            is_plain,
        )))
    }
}
