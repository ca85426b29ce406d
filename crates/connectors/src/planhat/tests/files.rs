#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::path::Path;

use model::FileRef;

use super::*;

async fn check(url: &str, expected: &str) {
    let wire = wire(|_| panic!("nothing but files is asked for"));
    let source = planhat(Arc::clone(&wire));
    let file = FileRef {
        url: url.to_owned(),
        name: "a.png".to_owned(),
        media_type: None,
    };
    let fetched = source.fetch(&file, None, Path::new("/nowhere"), 9).await.unwrap();
    assert_eq!(fetched.size, 3);
    assert_eq!(asked(&wire), [expected], "{url}");
    let is_own = expected.contains("Bearer");
    assert_eq!(source.is_own_file(url), is_own, "{url}");
    assert_eq!(source.calls().reads, u64::from(is_own), "{url}");
}

#[tokio::test]
async fn the_token_goes_to_planhat_alone() {
    const WITH: &str = r#"Some("Bearer s3cr3t-t0k3n")"#;
    for url in [
        "https://api.planhat.com/files/1/a.png",
        "https://app-us1.planhat.com/files/1/a.png",
        "/files/1/a.png",
    ] {
        check(url, &format!("ByAnybody /files/1/a.png 9 {WITH}")).await;
    }
    for url in [
        "https://files.example.com/1.png",
        "https://api.planhat.com.evil.example/files/1",
        "https://api.planhat.com@evil.example/files/1",
        "http://169.254.169.254/files/1",
    ] {
        check(url, &format!("ByAnybody {url} 9 None")).await;
    }
}
