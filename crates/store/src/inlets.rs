//! Where vendors tell us which records changed: one address a connection.

use model::{ConnectionId, Secret, Timestamp};

use crate::{
    Store, StoreError, Trouble,
    catalog::time,
    db::on_either,
    error::{Cause, Doing},
};

/// Where a vendor tells us what changed.
#[derive(Clone, Debug)]
pub struct Inlet {
    /// Whose it is.
    pub connection: ConnectionId,
    /// The address of this program, as the vendor reaches it, without a slash at its end.
    pub url: String,
    /// The word of the address that nobody guesses.
    pub word: Secret,
    /// What deliveries are signed with; empty where the address is the proof.
    pub secret: Secret,
    /// When it was opened.
    pub created_at: Timestamp,
}

const KEEP: &str = "
    insert into inlet (workspace_id, connection, url, word, secret, created_at) values ($1, $2, $3, $4, $5, $6)
    on conflict (workspace_id, connection) do update set
        url = excluded.url, word = excluded.word, secret = excluded.secret";
const ONE: &str = "
    select connection, url, word, secret, created_at from inlet where workspace_id = $1 and connection = $2";
const REMOVE: &str = "delete from inlet where workspace_id = $1 and connection = $2";

type Columns = (String, String, Vec<u8>, Vec<u8>, i64);

impl Store {
    /// Keeps a connection's inlet in place of the one it had; its words are sealed.
    pub async fn keep_inlet(&self, inlet: &Inlet) -> Result<(), StoreError> {
        self.insert_inlet(inlet).await.doing("keeping an inlet")
    }

    async fn insert_inlet(&self, inlet: &Inlet) -> Result<(), Cause> {
        let seal =
            |what: &str, secret: &Secret| self.key.seal(&self.inlet_place(&inlet.connection, what), secret);
        let (word, secret) = (seal("word", &inlet.word)?, seal("secret", &inlet.secret)?);
        on_either!(&self.writer, pool => {
            sqlx::query(KEEP)
                .bind(self.workspace)
                .bind(inlet.connection.as_str())
                .bind(&inlet.url)
                .bind(word)
                .bind(secret)
                .bind(inlet.created_at.as_microsecond())
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    /// A connection's inlet, if it has one.
    pub async fn inlet(&self, id: &ConnectionId) -> Result<Option<Inlet>, StoreError> {
        let selected = async {
            let row: Option<Columns> = on_either!(&self.readers, pool => {
                sqlx::query_as(ONE).bind(self.workspace).bind(id.as_str()).fetch_optional(pool).await?
            });
            row.map(|row| self.open_inlet(row)).transpose()
        };
        selected.await.doing("looking up an inlet")
    }

    fn open_inlet(&self, (connection, url, word, secret, created_at): Columns) -> Result<Inlet, Cause> {
        let connection = ConnectionId::from(connection);
        let open = |what: &str, sealed: &[u8]| {
            let name = format!("the inlet of {connection}");
            let opened = self.key.open(&self.inlet_place(&connection, what), sealed);
            opened.ok_or(Trouble::WrongKey { name })
        };
        let (word, secret) = (open("word", &word)?, open("secret", &secret)?);
        Ok(Inlet {
            url,
            word,
            secret,
            created_at: time(created_at)?,
            connection,
        })
    }

    /// Forgets a connection's inlet; false if it had none.
    pub async fn remove_inlet(&self, id: &ConnectionId) -> Result<bool, StoreError> {
        let removed = async {
            Ok::<_, Cause>(on_either!(&self.writer, pool => {
                sqlx::query(REMOVE).bind(self.workspace).bind(id.as_str()).execute(pool).await?.rows_affected()
            }))
        };
        Ok(removed.await.doing("removing an inlet")? > 0)
    }

    /// No connection's place has a line break in it.
    fn inlet_place(&self, id: &ConnectionId, what: &str) -> String {
        format!("{}\ninlet\n{id}\n{what}", self.workspace_name)
    }
}
