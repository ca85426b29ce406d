//! Runs and their reports.

use model::{ImportId, Run, RunId};

use crate::{
    Store, StoreError,
    catalog::{missing, time},
    db::on_either,
    error::{Cause, Doing},
};

const BEGIN: &str = "
    insert into run (import_id, id, set_off_by, started_at, state, report) values ($1, $2, $3, $4, $5, $6)
    on conflict (import_id, id) do update set state = excluded.state, report = excluded.report";
const FINISH: &str = "update run set state = $3, report = $4 where import_id = $1 and id = $2";
const FIND: &str = "
    select run.id, import.name, set_off_by, started_at, state, report
    from run join import on import.id = run.import_id where workspace_id = $1 and run.id = $2";
const LATEST: &str = "
    select run.id, import.name, set_off_by, started_at, state, report
    from run join import on import.id = run.import_id where import_id = $1
    order by started_at desc, run.id desc limit $2";

type Columns = (String, String, String, i64, String, Option<String>);

impl Store {
    /// Keeps a run that begins.
    pub async fn begin_run(&self, run: &Run) -> Result<(), StoreError> {
        self.insert_run(run).await.doing("beginning a run")
    }

    async fn insert_run(&self, run: &Run) -> Result<(), Cause> {
        let import = self.import_number(&run.import).await?;
        let set_off_by = serde_json::to_string(&run.trigger)?;
        let (state, report) = state_and_report(run)?;
        on_either!(&self.writer, pool => {
            sqlx::query(BEGIN)
                .bind(import)
                .bind(run.id.as_str())
                .bind(set_off_by)
                .bind(run.started_at.as_microsecond())
                .bind(state)
                .bind(report)
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    /// Keeps where a run came to its end, and its report.
    pub async fn finish_run(&self, run: &Run) -> Result<(), StoreError> {
        self.update_run(run).await.doing("finishing a run")
    }

    async fn update_run(&self, run: &Run) -> Result<(), Cause> {
        let import = self.import_number(&run.import).await?;
        let (state, report) = state_and_report(run)?;
        let found = on_either!(&self.writer, pool => {
            sqlx::query(FINISH)
                .bind(import)
                .bind(run.id.as_str())
                .bind(state)
                .bind(report)
                .execute(pool)
                .await?
                .rows_affected()
        });
        if found == 0 {
            return Err(missing("run", run.id.as_str()));
        }
        Ok(())
    }

    /// The run of that id.
    pub async fn run(&self, id: &RunId) -> Result<Run, StoreError> {
        self.select_run(id).await.doing("looking up a run")
    }

    async fn select_run(&self, id: &RunId) -> Result<Run, Cause> {
        let row: Option<Columns> = on_either!(&self.readers, pool => {
            sqlx::query_as(FIND)
                .bind(self.workspace)
                .bind(id.as_str())
                .fetch_optional(pool)
                .await?
        });
        run(row.ok_or_else(|| missing("run", id.as_str()))?)
    }

    /// An import's runs, the latest first.
    pub async fn runs(&self, import: &ImportId, at_most: usize) -> Result<Vec<Run>, StoreError> {
        self.select_runs(import, at_most).await.doing("listing runs")
    }

    async fn select_runs(&self, import: &ImportId, at_most: usize) -> Result<Vec<Run>, Cause> {
        let import = self.import_number(import).await?;
        let rows: Vec<Columns> = on_either!(&self.readers, pool => {
            sqlx::query_as(LATEST)
                .bind(import)
                .bind(i64::try_from(at_most).unwrap_or(i64::MAX))
                .fetch_all(pool)
                .await?
        });
        rows.into_iter().map(run).collect()
    }

    /// An import's latest run, if it ever had one.
    pub async fn last_run(&self, import: &ImportId) -> Result<Option<Run>, StoreError> {
        Ok(self.runs(import, 1).await?.pop())
    }
}

fn state_and_report(run: &Run) -> Result<(String, Option<String>), Cause> {
    let report = run.report.as_ref().map(serde_json::to_string).transpose()?;
    Ok((serde_json::to_string(&run.state)?, report))
}

fn run((id, import, set_off_by, started_at, state, report): Columns) -> Result<Run, Cause> {
    Ok(Run {
        id: id.into(),
        import: import.into(),
        trigger: serde_json::from_str(&set_off_by)?,
        started_at: time(started_at)?,
        state: serde_json::from_str(&state)?,
        report: report.as_deref().map(serde_json::from_str).transpose()?,
    })
}
