//! What people write to a support desk, and what they are answered.

/// Questions of customers, as HTML.
pub(super) const QUESTIONS: &[&str] = &[
    "<p>The export stops half way. Is that a known problem?</p>",
    "<p>Hi, how do I add a colleague to our account?</p>",
    "<p>We were charged twice in May &amp; June. Could you look into it?</p>",
    "<p>Login gives <code>403 Forbidden</code> since the update.</p>",
    "<p>Is there an API for invoices? I only found <a href=\"https://docs.example.com/api?v=2&amp;lang=en\">this page</a>.</p>",
    "<p>Guten Tag,</p><p>die Größe der Datei ist auf 20 MB begrenzt — lässt sich das ändern?</p>",
    "<p>Bonjour, impossible d’accéder à l’espace client depuis ce matin…</p>",
    "<p>お世話になっております。請求書の宛名を変更したいです。</p>",
    "<p dir=\"rtl\">لا أستطيع تحميل الملف</p>",
    "<p>👋 quick one: does the free plan include SSO? 🤔</p>",
    "<p>Steps:</p><ol><li>open Settings</li><li>click <b>Save</b></li><li>nothing happens</li></ol>",
    "<p>a &lt; b and b &gt; c, but the filter says otherwise</p>",
];

/// Answers of admins, as HTML.
pub(super) const ANSWERS: &[&str] = &[
    "<p>Thanks for reaching out! I am looking into it.</p>",
    "<p>Could you send us a screenshot?</p>",
    "<p>That is fixed in the version of today. Please reload the page <b>twice</b>.</p>",
    "<p>Please try the following:</p><ul><li>clear the cache</li><li>log out</li><li>log in again</li></ul>",
    "<p>Run this and send us what it prints:</p><pre><code>curl -s https://api.example.com/status \\\n  | jq '.checks[] | select(.ok == false)'</code></pre>",
    "<p>Sorry for the trouble. I refunded the second charge; it takes 3–5 days.</p>",
    "<p>Our guide explains it: <a href=\"https://intercom.help/twin-help/en/articles/31-getting-started\" target=\"_blank\">Getting started</a></p>",
    "<h2>Summary</h2><p>All <i>three</i> imports went through.</p>",
];

/// Notes among admins.
pub(super) const NOTES: &[&str] = &[
    "<p>Third time this month, see #2231. Do not promise a date.</p>",
    "<p>Customer is <b>angry</b>, be quick.</p>",
    "<p>@Ben could you take over? I am away tomorrow.</p>",
    "<p>Contract says 99.9 %, we were at 99.7 %.</p>",
];

/// What the vendor's machine says.
pub(super) const MACHINE: &[&str] = &[
    "<p>Hi there, I am Fin. How can I help?</p>",
    "<p>You can change it under <b>Settings</b> &gt; <b>Team</b>. Did that answer your question?</p>",
    "<p>I am handing you over to a colleague.</p>",
    "<p>Our usual reply time is under 2 hours.</p>",
];

/// What a mail quotes.
pub(super) const QUOTED: &str = "<div class=\"gmail_quote\"><div dir=\"ltr\">On Tue, 3 Mar 2026 at 14:02, Support \
    &lt;<a href=\"mailto:help@twin.example\">help@twin.example</a>&gt; wrote:<br></div><blockquote class=\"gmail_quote\" \
    style=\"margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex\"><p>Dear customer,</p><p>we received your \
    request.</p><blockquote><p>It is still broken.</p></blockquote></blockquote></div>";

/// Subjects of mails.
pub(super) const SUBJECTS: &[&str] = &[
    "Re: Invoice 2026-0417",
    "AW: Zugang gesperrt",
    "Question about SSO",
    "Fwd: [URGENT] Export fails",
    "",
    "再送：請求書について",
];

/// Values of a conversation's attributes.
pub(super) const ISSUES: &[&str] = &[
    "Billing",
    "Bug",
    "Question",
    "Feature request",
    "Onboarding & setup",
];

/// Kinds of parts that say nothing, and what happened.
pub(super) const EVENTS: &[(&str, &str)] = &[
    ("snoozed", "null"),
    ("unsnoozed", "null"),
    ("timer_unsnooze", "null"),
    ("participant_added", "{\"participant\":{\"type\":\"user\"}}"),
    ("participant_removed", "{\"participant\":{\"type\":\"user\"}}"),
    ("user_became_idle", "null"),
    (
        "conversation_attribute_updated_by_user",
        "{\"attribute\":{\"name\":\"issue_type\"},\"value\":{\"name\":\"Bug\",\"previous\":null}}",
    ),
    (
        "conversation_attribute_updated_by_workflow",
        "{\"attribute\":{\"name\":\"issue_type\"},\"workflow\":{\"name\":\"Triage\"},\"value\":{\"name\":\"Bug\",\"previous\":null}}",
    ),
    (
        "conversation_tags_updated",
        "{\"tags\":{\"added\":[],\"removed\":[]}}",
    ),
    ("priority_changed", "{\"current\":\"high\",\"previous\":\"none\"}"),
    (
        "priority_changed_by_rule",
        "{\"current\":\"high\",\"previous\":\"none\"}",
    ),
    ("attribute_collector", "null"),
    ("attribute_collected", "null"),
    ("conversation_rating_changed", "null"),
    ("conversation_rating_remark_added", "null"),
    (
        "conversation_sla_applied_by_rule",
        "{\"sla\":{\"name\":\"First reply in 2 h\"}}",
    ),
    (
        "conversation_sla_applied_by_workflow",
        "{\"sla\":{\"name\":\"First reply in 2 h\"}}",
    ),
    (
        "conversation_sla_removed",
        "{\"sla\":{\"name\":\"First reply in 2 h\"}}",
    ),
    (
        "conversation_sla_target_missed",
        "{\"sla\":{\"name\":\"First reply in 2 h\"}}",
    ),
    ("conversation_sla_paused", "null"),
    ("conversation_sla_unpaused", "null"),
    (
        "custom_action_started",
        "{\"action\":{\"name\":\"Look up order\"}}",
    ),
    (
        "custom_action_finished",
        "{\"action\":{\"name\":\"Look up order\",\"result\":\"success\"}}",
    ),
    (
        "operator_workflow_event",
        "{\"workflow\":{\"name\":\"Greeting\"},\"event\":{\"type\":\"finished\",\"result\":\"done\"}}",
    ),
    ("resolution_bot_found_no_answer", "null"),
    ("call_summary", "{\"call_id\":\"77\"}"),
    ("workflow_assignment", "null"),
    ("default_assignment", "null"),
    ("away_mode_assignment", "null"),
];

/// Kinds of parts with which people say something.
pub(super) const SAID: &[&str] = &[
    "comment",
    "note",
    "note_and_reopen",
    "note_and_unsnooze",
    "open",
    "close",
    "assignment",
    "assign_and_reopen",
    "assign_and_unsnooze",
    "snoozed",
];
