//! Files on their way between our disk and a vendor's store: never in memory as a whole.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::PathBuf,
};

use bytes::Bytes;
use http::HeaderValue;
use model::{Fault, FaultKind};

/// A form with a file of our disk in it, for an address that a vendor named.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The whole address; may hold a signature, so it is never logged.
    pub url: String,
    /// The form's other fields, which come before the file, in this order.
    pub fields: Vec<(String, String)>,
    /// What the file says.
    pub content: Content,
    /// What the vendor is to call it.
    pub name: String,
    /// What it is, if that is known.
    pub media_type: Option<String>,
}

/// What a file says, and where that is.
#[derive(Clone, Debug)]
pub enum Content {
    /// On our disk.
    Disk(PathBuf),
    /// In memory: a text that travels as a file.
    Memory(Bytes),
}

/// A file at an address that a vendor named.
#[derive(Clone, Debug)]
pub struct Download {
    /// The whole address; may hold a signature, so it is never logged.
    pub url: String,
    /// Where the file shall lie.
    pub to: PathBuf,
    /// How many bytes it may have.
    pub most: u64,
    /// Whose word the address is.
    pub named: Named,
    /// What identifies us at the vendor's own host; it goes nowhere else.
    pub authorization: Option<HeaderValue>,
}

/// Whose word an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The vendor's, in an answer to us.
    ByVendor,
    /// Anybody's: it stood in a text. So it may lead to what only this machine can reach, and must not.
    ByAnybody,
}

/// A path at the vendor's own host, if the address begins there; else the whole address must be a safe one.
pub(crate) enum Place<'a> {
    /// At the host that the wire ends at.
    Home(&'a str),
    /// Elsewhere, encrypted.
    Away,
}

/// Where an address leads. What is neither at home nor encrypted is refused: a vendor's answer must not send our files
/// through the open.
pub(crate) fn place<'a>(url: &'a str, base: &str, doing: &str) -> Result<Place<'a>, Fault> {
    if url.starts_with('/') {
        return Ok(Place::Home(url));
    }
    match url.strip_prefix(base) {
        Some(path) if path.starts_with('/') => Ok(Place::Home(path)),
        _ if url.starts_with("https://") => Ok(Place::Away),
        _ => Err(Fault::new(FaultKind::Unexpected, doing)
            .said("the vendor named an address that is not encrypted")
            .hint("files go to https addresses, or to the address of the connection itself")),
    }
}

/// The file's own name as a form can carry it: no quotes, no line ends.
pub(crate) fn plain_name(name: &str) -> String {
    let bad = |sign: char| sign.is_control() || matches!(sign, '"' | '\\' | '/');
    let name: String = name
        .chars()
        .map(|sign| if bad(sign) { '_' } else { sign })
        .collect();
    match name.trim().is_empty() {
        true => "file".to_owned(),
        false => name,
    }
}

/// Where an address from a text leads. From a twin, whose host is not encrypted, nothing leaves for other hosts: a
/// rehearsal disturbs nobody.
pub(crate) fn place_of_anybodys<'a>(url: &'a str, base: &str, doing: &str) -> Result<Place<'a>, Fault> {
    let refuse = |why: &str| Err(Fault::new(FaultKind::Rejected, doing).said(why));
    if url.starts_with('/') && !url.starts_with("//") {
        return Ok(Place::Home(url));
    }
    match url.strip_prefix(base) {
        Some(path) if path.starts_with('/') => Ok(Place::Home(path)),
        _ if base.starts_with("http:") => {
            refuse("it lies on another host, and twins fetch nothing from elsewhere")
        }
        _ if url.starts_with("https://") || url.starts_with("http://") => Ok(Place::Away),
        _ => refuse("its address is not one of the web"),
    }
}

/// Whether anybody may reach the address: not this machine's, its network's, or one that is none.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_shared = first == 100 && second & 0xC0 == 64;
    let is_reserved = first == 0 || first >= 240 || (first, second, third) == (192, 0, 0);
    let is_benchmark = first == 198 && second & 0xFE == 18;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || is_shared
        || is_reserved
        || is_benchmark)
}

/// An address that carries one of version 4 is as public as that one.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, ..] = address.segments();
    let [.., seventh, eighth] = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    match (first, second) {
        (0x2002, _) => v4(second, third),
        (0x0064, 0xff9b) => v4(seventh, eighth),
        // What is given out lies in 2000::/3; in it, addresses for documents and for tunnels.
        (0x2001, 0x0db8 | 0x0000) => false,
        _ => first & 0xE000 == 0x2000,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_go_home_or_through_encryption() {
        for (url, expected) in [
            ("/_files/1", Some("/_files/1")),
            ("http://127.0.0.1:1/_files/1", Some("/_files/1")),
            ("https://store.example/x", Some("away")),
            ("http://store.example/x", None),
            ("http://127.0.0.1:1.evil.example/x", None),
            ("file:///etc/passwd", None),
        ] {
            let got = place(url, "http://127.0.0.1:1", "bringing a file").ok();
            let got = got.map(|place| match place {
                Place::Home(path) => path,
                Place::Away => "away",
            });
            assert_eq!(got, expected, "{url}");
        }
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        for (name, expected) in [
            ("a.png", "a.png"),
            ("a\"\r\nb", "a___b"),
            ("../x", ".._x"),
            (" ", "file"),
            ("ö.pdf", "ö.pdf"),
        ] {
            assert_eq!(plain_name(name), expected);
        }
    }

    #[test]
    fn anybodys_address_leads_home_or_to_the_web() {
        for (base, url, expected) in [
            ("https://api.v.com", "https://api.v.com/files/1", "/files/1"),
            ("https://api.v.com", "/files/1", "/files/1"),
            ("https://api.v.com", "https://api.v.com.evil.com/1", "away"),
            ("https://api.v.com", "https://api.v.com@evil.com/1", "away"),
            ("https://api.v.com", "http://other.com/1", "away"),
            ("https://api.v.com", "//other.com/1", "refused"),
            ("https://api.v.com", "file:///etc/passwd", "refused"),
            ("https://api.v.com", "ftp://other.com/1", "refused"),
            ("https://api.v.com", "cid:1", "refused"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1/files/1", "/files/1"),
            ("http://127.0.0.1:1", "http://127.0.0.1:2/files/1", "refused"),
            ("http://127.0.0.1:1", "https://other.com/1", "refused"),
        ] {
            let got = match place_of_anybodys(url, base, "fetching a file") {
                Ok(Place::Home(path)) => path,
                Ok(Place::Away) => "away",
                Err(_) => "refused",
            };
            assert_eq!(got, expected, "{base} {url}");
        }
    }

    #[test]
    fn what_only_this_machine_can_reach_is_not_public() {
        for (address, expected) in [
            ("8.8.8.8", true),
            ("2606:4700::1111", true),
            ("64:ff9b::808:808", true),
            ("2002:808:808::1", true),
            ("127.0.0.1", false),
            ("127.9.9.9", false),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("192.0.0.8", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("::127.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("2002:7f00:1::1", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("ff02::1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
        }
    }
}
