//! Files that are worked out from their id: the same id is the same file, and no bytes need keeping.

/// A picture: `p` and what makes it unlike others.
const PICTURE: char = 'p';
/// A text: likewise.
const TEXT: char = 't';
/// Bytes: how many, and a dash between that and the rest.
const BYTES: char = 'b';

/// Pixels on a side, at most.
const WIDEST: u32 = 120;
/// No file that is worked out is larger.
const MOST_BYTES: u64 = 20_000_000;

/// The bytes of a file, if this is the id of one that can be worked out.
pub(super) fn bytes(id: &str) -> Option<Vec<u8>> {
    let kind = id.chars().next()?;
    let seed = seed(id);
    match kind {
        PICTURE => Some(picture(seed)),
        TEXT => Some(text(seed).into_bytes()),
        BYTES => noise(id, seed),
        _ => None,
    }
}

/// Width and height of a picture.
pub(super) fn pixels(id: &str) -> Option<(u32, u32)> {
    id.starts_with(PICTURE).then(|| sides(seed(id)))
}

fn seed(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn mix(seed: u64, place: u64) -> u64 {
    let mut bits = seed ^ place.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

fn sides(seed: u64) -> (u32, u32) {
    let side = |place| 8 + (mix(seed, place) % u64::from(WIDEST - 8)) as u32;
    (side(1), side(2))
}

fn noise(id: &str, seed: u64) -> Option<Vec<u8>> {
    let size = id.strip_prefix(BYTES)?.split('-').next()?.parse::<u64>().ok()?;
    if size > MOST_BYTES {
        return None;
    }
    let words = (0..size.div_ceil(8)).flat_map(|place| mix(seed, place).to_le_bytes());
    Some(words.take(usize::try_from(size).ok()?).collect())
}

fn text(seed: u64) -> String {
    let lines = 20 + mix(seed, 0) % 80;
    let line = |place| format!("{place};{:016x};{}\n", mix(seed, place), mix(seed, place) % 1_000);
    (1..=lines).map(line).collect()
}

/// Three colours by three bytes a pixel, as PNG.
fn picture(seed: u64) -> Vec<u8> {
    let (width, height) = sides(seed);
    let mut head = Vec::with_capacity(13);
    head.extend(width.to_be_bytes());
    head.extend(height.to_be_bytes());
    head.extend([8, 2, 0, 0, 0]);
    let mut rows = Vec::new();
    for row in 0..height {
        rows.push(0);
        for column in 0..width {
            let [red, green, blue, ..] = mix(seed, u64::from(row / 4 * width + column / 4)).to_le_bytes();
            rows.extend([red, green, blue]);
        }
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &head);
    chunk(&mut png, b"IDAT", &unpacked(&rows));
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    png.extend(u32::try_from(body.len()).unwrap_or(0).to_be_bytes());
    let mut sum = Crc::new();
    sum.take(name);
    sum.take(body);
    png.extend(name);
    png.extend(body);
    png.extend(sum.done().to_be_bytes());
}

/// A zlib stream of blocks that are stored as they are.
fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut left = bytes.len();
    for block in bytes.chunks(0xFFFF) {
        left -= block.len();
        let length = u16::try_from(block.len()).unwrap_or(0);
        stream.push(u8::from(left == 0));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (low, high) = bytes.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (low + high) % 65_521)
    });
    stream.extend((high << 16 | low).to_be_bytes());
    stream
}

struct Crc(u32);

impl Crc {
    fn new() -> Self {
        Self(u32::MAX)
    }

    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u32::from(*byte);
            for _ in 0..8 {
                let carry = self.0 & 1;
                self.0 = (self.0 >> 1) ^ (0xEDB8_8320 * carry);
            }
        }
    }

    fn done(self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        let mut sum = Crc::new();
        sum.take(b"123456789");
        assert_eq!(sum.done(), 0xCBF4_3926);
        assert!(unpacked(b"Wikipedia").ends_with(&0x11E6_0398_u32.to_be_bytes()));
    }

    #[test]
    fn an_id_is_always_the_same_file() {
        for (id, size) in [
            ("p1", None),
            ("t1", None),
            ("b1000-x", Some(1000)),
            ("b0-x", Some(0)),
        ] {
            let first = bytes(id);
            assert_eq!(first, bytes(id), "{id}");
            assert_eq!(
                first.map(|bytes| size.unwrap_or(bytes.len()) == bytes.len()),
                Some(true),
                "{id}"
            );
        }
        for id in ["", "x1", "b-", "bx", "b99999999-1"] {
            assert_eq!(bytes(id), None, "{id}");
        }
        assert_ne!(bytes("p1"), bytes("p2"));
    }

    #[test]
    fn a_picture_says_its_size() {
        let (width, _) = pixels("p1").unwrap_or_default();
        let png = bytes("p1").unwrap_or_default();
        assert_eq!(png.get(16..20), Some(width.to_be_bytes().as_slice()));
    }
}
