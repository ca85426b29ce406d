//! Sealed secrets: what is in the database is worth nothing without the key.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, Payload},
};
use model::{ConnectionId, Secret};

use crate::{
    Store, StoreError, Trouble,
    error::{Cause, Doing},
};

const NONCE: usize = 24;

/// Numbers the drafts of key files within this process.
static DRAFTS: AtomicU64 = AtomicU64::new(0);

/// The key under which secrets are sealed.
#[derive(Clone)]
pub struct VaultKey([u8; 32]);

impl fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}

impl VaultKey {
    /// Takes a key in.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads a key that is written as 64 hexadecimal digits.
    pub fn from_text(text: &str) -> Result<Self, StoreError> {
        parse(text).doing("reading the key")
    }

    /// Reads the key from a file that only its owner may read; makes a new key and the file if there is none.
    pub fn load_or_create(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        match fs::read_to_string(path) {
            Ok(text) => parse(&text).doing("reading the key file"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(path).doing("making the key file")
            }
            Err(error) => Err(unreadable(error)).doing("reading the key file"),
        }
    }

    /// Seals a secret for one place: it can be opened there only.
    pub(crate) fn seal(&self, place: &str, secret: &Secret) -> Result<Vec<u8>, Cause> {
        let nonce = XNonce::try_generate().map_err(|error| Cause::new(Trouble::Unexpected, error))?;
        let payload = Payload {
            msg: secret.reveal().as_bytes(),
            aad: place.as_bytes(),
        };
        let sealed = self
            .cipher()
            .encrypt(&nonce, payload)
            .map_err(|error| Cause::new(Trouble::Unexpected, error))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for that place; `None` if it was sealed for another, or with another key.
    pub(crate) fn open(&self, place: &str, sealed: &[u8]) -> Option<Secret> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
        let nonce = XNonce::try_from(nonce).ok()?;
        let payload = Payload {
            msg: sealed,
            aad: place.as_bytes(),
        };
        let opened = self.cipher().decrypt(&nonce, payload).ok()?;
        String::from_utf8(opened).ok().map(Secret::new)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

impl Store {
    pub(crate) fn seal(&self, id: &ConnectionId, secret: &Secret) -> Result<Vec<u8>, Cause> {
        self.key.seal(&self.place(id), secret)
    }

    pub(crate) fn unseal(&self, id: &ConnectionId, sealed: &[u8]) -> Result<Secret, Cause> {
        let opened = self.key.open(&self.place(id), sealed);
        Ok(opened.ok_or_else(|| Trouble::WrongKey { name: id.to_string() })?)
    }

    fn place(&self, id: &ConnectionId) -> String {
        format!("{}/{id}", self.workspace_name)
    }
}

fn parse(text: &str) -> Result<VaultKey, Cause> {
    let text = text.trim();
    if text.len() != 64 {
        return Err(Trouble::BadKey.into());
    }
    let mut key = [0; 32];
    for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = digits
            .iter()
            .try_fold(0, |sum, digit| Some(sum * 16 + char::from(*digit).to_digit(16)?))
            .and_then(|sum| u8::try_from(sum).ok())
            .ok_or(Trouble::BadKey)?;
    }
    Ok(VaultKey(key))
}

/// The file appears with all of its contents or not at all, and the first of two programs that make it wins.
fn create(path: &Path) -> Result<VaultKey, Cause> {
    let key =
        chacha20poly1305::Key::try_generate().map_err(|error| Cause::new(Trouble::Unexpected, error))?;
    let digits = hex::encode(key);
    let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
    let draft = path.with_extension(format!("new-{}-{number}", std::process::id()));
    let linked = write_private(&draft, &digits).and_then(|()| fs::hard_link(&draft, path));
    // A draft that stays behind is private too, and the next start with this number writes over it.
    let _ = fs::remove_file(&draft);
    match linked {
        Ok(()) => {
            sync_folder(path).map_err(unreadable)?;
            tracing::info!(path = %path.display(), "Made a key for sealing secrets");
            Ok(VaultKey(key.into()))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            parse(&fs::read_to_string(path).map_err(unreadable)?)
        }
        Err(error) => Err(unreadable(error)),
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

/// Without this a power cut could take the name of the file away, and every secret with it.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::File::open(folder)?.sync_all(),
        _ => fs::File::open(".")?.sync_all(),
    }
}

fn unreadable(error: io::Error) -> Cause {
    let trouble = match error.kind() {
        io::ErrorKind::StorageFull => Trouble::Full,
        io::ErrorKind::InvalidData => Trouble::BadKey,
        _ => Trouble::Unreadable,
    };
    Cause::new(trouble, error)
}
