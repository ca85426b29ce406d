//! What an import remembers of the left side.

use model::{ImportId, Memory};

use crate::{Store, db::on_either, error::Cause};

const REMEMBERED: &str = "select memory from import where id = $1";
const REMEMBER: &str = "update import set memory = $2 where id = $1";

impl Store {
    pub(super) async fn select_memory(&self, import: &ImportId) -> Result<Option<Memory>, Cause> {
        let import = self.import_number(import).await?;
        let text: Option<Option<String>> = on_either!(&self.readers, pool => {
            sqlx::query_scalar(REMEMBERED).bind(import).fetch_optional(pool).await?
        });
        let text = text.flatten();
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    pub(super) async fn update_memory(&self, import: &ImportId, memory: &Memory) -> Result<(), Cause> {
        let import = self.import_number(import).await?;
        let text = serde_json::to_string(memory)?;
        on_either!(&self.writer, pool => {
            sqlx::query(REMEMBER).bind(import).bind(text).execute(pool).await?;
        });
        Ok(())
    }
}
