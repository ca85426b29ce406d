//! Pictures within texts. Planhat does not document where it keeps them, so every id of the right form is a picture that
//! is worked out from the id: the same id is the same picture, and no bytes need keeping.

use http::{HeaderValue, header::CONTENT_TYPE};

use super::{record::Refusal, switches::Switches};
use crate::kit::Response;

/// Pixels on a side: 20 KB at most.
const LARGEST: u32 = 140;

/// `GET /files/{id}/{name}`
pub(super) fn get(switches: &Switches, id: Option<&str>, name: Option<&str>) -> Result<Response, Refusal> {
    let missing = || Refusal::new(404, "no such file");
    let is_id = |id: &&str| id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = id
        .filter(is_id)
        .filter(|_| !switches.no_files)
        .ok_or_else(missing)?;
    name.filter(|name| name.ends_with(".png")).ok_or_else(missing)?;
    let mut response = Response::text(200, "");
    response
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
    response.body = picture(id).into();
    Ok(response)
}

/// A grey square of noise as PNG.
fn picture(id: &str) -> Vec<u8> {
    let noise = |place: u32| {
        let mut hash = 0x811c_9dc5_u32 ^ place;
        for byte in id.bytes() {
            hash = (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193);
        }
        hash ^ (hash >> 15)
    };
    let side = 16 + noise(u32::MAX) % (LARGEST - 16);
    let mut head = Vec::new();
    head.extend(side.to_be_bytes());
    head.extend(side.to_be_bytes());
    // Eight bits of grey, nothing else.
    head.extend([8, 0, 0, 0, 0]);
    let mut pixels = Vec::new();
    for row in 0..side {
        pixels.push(0);
        pixels.extend((0..side).map(|column| noise(row * side + column).to_be_bytes()[0]));
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &head);
    chunk(&mut png, b"IDAT", &stored(&pixels));
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    png.extend((body.len() as u32).to_be_bytes());
    let begin = png.len();
    png.extend(name);
    png.extend(body);
    let sum = crc(png.get(begin..).unwrap_or_default());
    png.extend(sum.to_be_bytes());
}

/// A zlib stream that packs nothing.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = bytes.chunks(usize::from(u16::MAX));
    let last = blocks.len().saturating_sub(1);
    for (at, block) in blocks.enumerate() {
        let length = block.len() as u16;
        stream.push(u8::from(at == last));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (one, two) = bytes.iter().fold((1_u32, 0_u32), |(one, two), byte| {
        let one = (one + u32::from(*byte)) % 65_521;
        (one, (one + two) % 65_521)
    });
    stream.extend(((two << 16) | one).to_be_bytes());
    stream
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| match sum & 1 {
            1 => (sum >> 1) ^ 0xEDB8_8320,
            _ => sum >> 1,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        assert_eq!(crc(b"123456789"), 0xCBF4_3926);
        assert!(stored(b"Wikipedia").ends_with(&0x11E6_0398_u32.to_be_bytes()));
    }

    #[test]
    fn an_id_is_a_picture_of_its_own() {
        let one = picture("5f1d7a8e0000000000000001");
        assert_eq!(one, picture("5F1D7A8E0000000000000001"));
        assert_ne!(one, picture("5f1d7a8e0000000000000002"));
        assert!(one.starts_with(b"\x89PNG\r\n\x1a\n") && one.len() < 21_000);
    }
}
