//! What is asked for wrongly gets a sentence, a hint and the right exit code.

use std::process::Output;

use crate::program::{TwinProcess, interline, run};

fn told(output: &Output) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    let lines: Vec<_> = stderr.lines().filter(|line| !line.is_empty()).collect();
    format!("{} | {}", output.status.code().unwrap(), lines.join(" | "))
}

fn check(arguments: &str, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let arguments: Vec<_> = arguments.split(' ').collect();
    assert_eq!(told(&run(folder.path(), &arguments)), expected, "{arguments:?}");
}

#[test]
fn a_wrong_name_gets_the_nearest() {
    check(
        "twin planhatt",
        "2 | There is no connector `planhatt` | hint: did you mean `planhat`?",
    );
    check(
        "twin planhat --set custom_mrge=keep",
        "2 | The twin has no switch `custom_mrge` | hint: did you mean `custom_merge`?",
    );
    check(
        "twin planhat --set custom_merge=kep",
        "2 | The switch `custom_merge` does not take `kep` | hint: it takes merge, replace: Whether an update keeps the custom fields that it does not name.",
    );
    check(
        "import sync acme",
        "2 | There is no import `acme` | hint: there is no import yet",
    );
    check(
        "connection check acme",
        "2 | There is no connection `acme` | hint: there is no connection yet",
    );
    check(
        "run report 7",
        "2 | There is no run `7` | hint: there is no run yet",
    );
    check(
        "connection add a devrev --secret-env NO_SUCH_VARIABLE",
        "2 | The environment variable NO_SUCH_VARIABLE is empty | hint: put DevRev's personal access token in it",
    );
}

#[test]
fn a_port_in_use_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(folder.path(), &["twin", "planhat", "--listen", &address]);
    assert!(told(&output).starts_with(&format!("3 | The twin cannot listen on {address} |   because: ")));
}

#[test]
fn a_token_goes_to_the_vendor_or_a_twin_alone() {
    let folder = tempfile::tempdir().unwrap();
    let add = |url: &str, more: &[&str]| {
        let mut arguments = vec![
            "connection",
            "add",
            "a",
            "devrev",
            "--secret-env",
            "TOKEN",
            "--base-url",
            url,
        ];
        arguments.extend(more);
        told(
            &interline(folder.path(), &arguments)
                .env("TOKEN", "hidden")
                .output()
                .unwrap(),
        )
    };
    let refused = add("https://elsewhere.example", &[]);
    assert!(
        refused.starts_with("2 | The host elsewhere.example is not one of DevRev's | hint: "),
        "{refused}"
    );
    let added = add(
        "https://elsewhere.example",
        &["--allow-host", "elsewhere.example"],
    );
    assert!(added.starts_with("0 | "), "{added}");
    let again = add("http://127.0.0.1:1", &[]);
    assert!(
        again.starts_with("2 | Adding a connection failed: there is a connection `a` already"),
        "{again}"
    );
    let output = run(folder.path(), &["connection", "list", "--json"]);
    let listed = String::from_utf8(output.stdout).unwrap();
    assert!(
        listed.contains("elsewhere.example") && !listed.contains("hidden"),
        "{listed}"
    );
    assert_eq!(
        told(&run(folder.path(), &["connection", "remove", "a"])),
        "0 | Removed connection a."
    );
}

#[test]
fn a_check_says_what_a_token_reaches() {
    let folder = tempfile::tempdir().unwrap();
    let twin = TwinProcess::start(folder.path(), "planhat", &[]);
    let url = format!("http://{}", twin.address);
    for (name, token) in [("good", "T"), ("bad", "another")] {
        let setting = "subdomain=app.planhat.com";
        let arguments = [
            "connection",
            "add",
            name,
            "planhat",
            "--set",
            setting,
            "--secret-env",
            "TOKEN",
            "--base-url",
            &url,
        ];
        let added = interline(folder.path(), &arguments)
            .env("TOKEN", token)
            .output()
            .unwrap();
        assert_eq!(added.status.code(), Some(0), "{}", told(&added));
    }
    let good = run(folder.path(), &["connection", "check", "good", "--json"]);
    let good: serde_json::Value = serde_json::from_slice(&good.stdout).unwrap();
    let company = serde_json::json!({ "name": "Company (View)", "present": true, "optional": false });
    assert!(
        good["permissions"].as_array().unwrap().contains(&company),
        "{good}"
    );
    let bad = told(&run(folder.path(), &["connection", "check", "bad"]));
    assert!(
        bad.starts_with("3 | Reaching the Planhat workspace was not allowed"),
        "{bad}"
    );
    twin.kill();
    let gone = told(&run(folder.path(), &["connection", "check", "good"]));
    assert!(
        gone.starts_with("3 | Reaching the Planhat workspace got no answer |   because: "),
        "{gone}"
    );
}
