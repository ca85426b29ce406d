//! Pictures that texts show: where they lie, and what of that is Planhat's own.

use http::Uri;

/// The path by which Planhat itself gives the file, if it lies there: at the connection's own address, or at a host of
/// Planhat's under whatever name.
pub(super) fn own_path(address: &str, base: &str) -> Option<String> {
    if address.starts_with('/') && !address.starts_with("//") {
        return Some(address.to_owned());
    }
    if let Some(path) = address.strip_prefix(base)
        && path.starts_with('/')
    {
        return Some(path.to_owned());
    }
    let uri: Uri = address.parse().ok()?;
    let is_web = matches!(uri.scheme_str(), Some("https" | "http"));
    let authority = uri.authority().filter(|_| is_web)?;
    // Names and ports of somebody's choice are no part of Planhat's addresses.
    let is_plain = authority.as_str() == authority.host();
    let host = authority.host().to_ascii_lowercase();
    let is_own = ["planhat.com", "planhatdemo.com"].iter().any(|zone| {
        host.strip_suffix(zone)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    let path = uri.path_and_query()?.as_str();
    (is_plain && is_own && path.starts_with('/')).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planhats_own_files_are_known_by_their_host() {
        for (address, expected) in [
            (
                "https://api.planhat.com/files/1/a.png?x=1",
                Some("/files/1/a.png?x=1"),
            ),
            ("https://API.Planhat.com/files/1", Some("/files/1")),
            ("https://files.eu.planhat.com/1", Some("/1")),
            ("https://planhat.com/logo.png", Some("/logo.png")),
            ("http://127.0.0.1:7101/files/1", Some("/files/1")),
            ("/files/1", Some("/files/1")),
            ("//files.example.com/1", None),
            ("http://127.0.0.1:71011/files/1", None),
            ("https://notplanhat.com/files/1", None),
            ("https://planhat.com.evil.example/files/1", None),
            ("https://api.planhat.com@evil.example/files/1", None),
            ("https://evil.example\\@api.planhat.com/files/1", None),
            ("https://api.planhat.com:8443/files/1", None),
            ("https://evil.example/api.planhat.com/1", None),
            ("ftp://api.planhat.com/files/1", None),
            ("cid:1@planhat.com", None),
            ("data:image/png;base64,AAAA", None),
        ] {
            let got = own_path(address, "http://127.0.0.1:7101");
            assert_eq!(got.as_deref(), expected, "{address}");
        }
    }
}
