//! Words that only one room may say.

use crate::{
    Finding,
    rust::{Token, starts_with, tokens},
    tree::{File, Tree},
};

/// Words, and the only places where they may stand.
struct Ban {
    words: &'static [&'static str],
    /// Paths that begin so may say them.
    allowed: &'static [&'static str],
    /// Whether tests, benchmarks and examples may say them too.
    tests_may: bool,
    rule: &'static str,
    cure: &'static str,
}

const BANS: &[Ban] = &[
    Ban {
        words: &["reqwest"],
        allowed: &[
            "crates/connectors/src/kit/wire.rs",
            "crates/connectors/src/kit/wire/",
            // Clients that others published, each with a house of its own.
            "tests/witness/",
        ],
        tests_may: false,
        rule: "the network is reached through `Wire` alone",
        cure: "ask the wire that the session was given; `reqwest` stays in kit/wire.rs",
    },
    Ban {
        words: &["sqlx"],
        allowed: &["crates/store/"],
        tests_may: false,
        rule: "only the store knows SQL",
        cure: "ask the store through a port of `model`, or add a method to the store",
    },
    Ban {
        words: &["Timestamp::now", "SystemTime::now", "Zoned::now", "Uuid::now_v7"],
        allowed: &["crates/app/"],
        tests_may: true,
        rule: "time is an argument outside `app`",
        cure: "take a `Timestamp`, or a `Clock` where one must wait",
    },
    Ban {
        words: &["Instant::now"],
        // The wire says in its log how long a call took, and decides nothing by it; a simulation says how long it took.
        allowed: &[
            "crates/app/",
            "crates/connectors/src/kit/wire.rs",
            "crates/sim/src/main.rs",
        ],
        tests_may: true,
        rule: "time is an argument outside `app`",
        cure: "take a `Timestamp`, or a `Clock` where one must wait",
    },
    Ban {
        words: &["env::var", "env::var_os", "env::vars", "env::vars_os"],
        allowed: &["crates/app/"],
        tests_may: true,
        rule: "only `app` knows the environment",
        cure: "take the value as an argument; `app` reads it",
    },
    Ban {
        words: &["println!", "eprintln!", "print!", "eprint!"],
        allowed: &["crates/app/", "crates/sim/src/main.rs"],
        tests_may: true,
        rule: "only `app` knows how to print",
        cure: "return the text, or log it with `tracing`",
    },
    Ban {
        words: &["todo!", "unimplemented!", "dbg!"],
        allowed: &[],
        tests_may: false,
        rule: "what is not there yet is not pretended",
        cure: "write it, or leave it out and say so in the documentation",
    },
];

/// Words stand only where they may.
pub(crate) fn forbidden(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for ban in BANS {
        let phrases: Vec<(&str, Vec<Token>)> =
            ban.words.iter().map(|words| (*words, tokens(words))).collect();
        for file in tree.rust().filter(|file| !is_allowed(ban, &file.path)) {
            found.extend(judge(ban, &phrases, file));
        }
    }
    found
}

fn is_allowed(ban: &Ban, path: &str) -> bool {
    ban.allowed.iter().any(|allowed| path.starts_with(allowed))
}

fn judge(ban: &Ban, phrases: &[(&str, Vec<Token>)], file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, token) in file.tokens.iter().enumerate() {
        if ban.tests_may && !file.is_shipped(token) {
            continue;
        }
        let said = phrases
            .iter()
            .find(|(_, phrase)| starts_with(&file.tokens, index, phrase));
        if let Some((words, _)) = said {
            found.push(file.finding(token.line, format!("`{words}`: {}", ban.rule), ban.cure));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, lines: &[usize]) {
        let wanted: Vec<String> = lines.iter().map(|line| format!("{path}:{line}")).collect();
        let found = super::super::found(forbidden, &[(path, text)]);
        assert_eq!(found, wanted, "{path}: {text}");
    }

    #[test]
    fn the_network_is_reached_through_one_file() {
        check("crates/connectors/src/kit/wire.rs", "use reqwest::Client;\n", &[]);
        check(
            "crates/connectors/src/planhat/client.rs",
            "\nuse reqwest::Client;\n",
            &[2],
        );
        check(
            "crates/app/src/main.rs",
            "// reqwest\nlet a = \"reqwest\"; reqwests();\n",
            &[],
        );
        check(
            "crates/app/tests/it/main.rs",
            "async fn a() { reqwest::get(b) }\n",
            &[1],
        );
    }

    #[test]
    fn sql_stays_in_the_store() {
        check("crates/store/src/db.rs", "use sqlx::Row;\n", &[]);
        check("crates/app/src/wiring.rs", "use sqlx::Row;\n", &[1]);
    }

    #[test]
    fn time_is_an_argument() {
        check("crates/app/src/clock.rs", "Timestamp::now()\n", &[]);
        check("crates/engine/src/run.rs", "a(Timestamp\n    ::now())\n", &[1]);
        check(
            "crates/engine/src/run.rs",
            "fn a() { std::time::Instant::now() }\n",
            &[1],
        );
        check(
            "crates/engine/src/run.rs",
            "#[cfg(test)]\nmod tests { fn a() { Timestamp::now() } }\n",
            &[],
        );
        check("crates/engine/src/run.rs", "Timestamp::now_ish()\n", &[]);
        check("crates/connectors/src/kit/wire.rs", "Instant::now()\n", &[]);
        check("crates/connectors/src/kit/wire.rs", "Timestamp::now()\n", &[1]);
        check(
            "crates/connectors/benches/a.rs",
            "fn a() { Instant::now() }\n",
            &[],
        );
        check("crates/store/src/lib.rs", "fn a() { Uuid::now_v7() }\n", &[1]);
    }

    #[test]
    fn the_environment_and_printing_belong_to_app() {
        check("crates/app/src/main.rs", "std::env::var(a); println!(a);\n", &[]);
        check("crates/store/src/vault.rs", "std::env::var(a)\n", &[1]);
        check("crates/engine/src/run.rs", "println!(a)\n", &[1]);
        check(
            "crates/engine/src/run.rs",
            "#[test] fn a() { println!(a) }\n",
            &[],
        );
    }

    #[test]
    fn nothing_is_pretended() {
        check("crates/app/src/main.rs", "fn a() { todo!() }\n", &[1]);
        check("crates/app/tests/it/main.rs", "fn a() { dbg!(b) }\n", &[1]);
        check(
            "crates/model/src/run.rs",
            "fn a() { unimplemented!(\"b\") }\n",
            &[1],
        );
        check("crates/model/src/run.rs", "fn todo() {}\n", &[]);
    }
}
