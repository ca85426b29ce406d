//! The seed of the key that an installation signs its certificates with, sealed like every other secret.

use model::Secret;

use crate::{
    Store, StoreError, Trouble,
    db::on_either,
    error::{Cause, Doing},
};

/// The first of two programs that make one wins.
const MAKE: &str =
    "insert into signer (workspace_id, seed) values ($1, $2) on conflict (workspace_id) do nothing";
const SEED: &str = "select seed from signer where workspace_id = $1";
/// Sealed for this place only.
const PLACE: &str = "key that certificates are signed with";

impl Store {
    /// The seed of the installation's signing key, as 64 hexadecimal digits; `fresh` becomes it if there is none yet.
    pub async fn signing_seed(&self, fresh: &Secret) -> Result<Secret, StoreError> {
        self.select_or_make_seed(fresh)
            .await
            .doing("looking up the key that certificates are signed with")
    }

    async fn select_or_make_seed(&self, fresh: &Secret) -> Result<Secret, Cause> {
        if let Some(seed) = self.select_seed().await? {
            return Ok(seed);
        }
        let sealed = self.key.seal(&self.signing_place(), fresh)?;
        on_either!(&self.writer, pool => {
            sqlx::query(MAKE).bind(self.workspace).bind(&sealed).execute(pool).await?;
        });
        let kept = self.select_seed().await?;
        kept.ok_or_else(|| Cause::from(Trouble::Unreadable))
    }

    async fn select_seed(&self) -> Result<Option<Secret>, Cause> {
        let sealed: Option<Vec<u8>> = on_either!(&self.readers, pool => {
            sqlx::query_scalar(SEED).bind(self.workspace).fetch_optional(pool).await?
        });
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let opened = self.key.open(&self.signing_place(), &sealed);
        let wrong = || Trouble::WrongKey {
            name: PLACE.to_owned(),
        };
        Ok(Some(opened.ok_or_else(wrong)?))
    }

    fn signing_place(&self) -> String {
        format!("{}: {PLACE}", self.workspace_name)
    }
}
