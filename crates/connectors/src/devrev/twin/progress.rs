//! Which stage a work or a conversation starts in, and which it moves to.

use serde_json::Value;

use super::{
    call::Call,
    diagrams,
    kind::{Key, Kind},
    refusal::Refusal,
    row::Row,
    show, stages,
    state::State,
};

/// Puts a new record in the stage that was asked for, or in the first.
pub(super) fn start(call: &Call<'_>, row: &mut Row, may_skip_start: bool) -> Result<(), Refusal> {
    if let Some(diagram) = diagrams::diagram_of(call.state, row.key.kind, row.text("subtype")) {
        let asked = diagrams::asked(call, diagram)?;
        return diagrams::enter(
            call,
            row,
            diagram,
            asked.or(diagrams::start_of(diagram)),
            may_skip_start,
        );
    }
    let Some(stage) = asked_stage(call, row.key.kind)? else {
        row.set("stage", stages::start(row.key.kind));
        return Ok(());
    };
    if !stage.is_start() && !may_skip_start {
        return Err(stage_refusal(call.state, &[stages::start(row.key.kind)]));
    }
    enter(call, row, &stage);
    Ok(())
}

/// Moves a record to the stage that was asked for.
pub(super) fn move_on(call: &Call<'_>, row: &mut Row) -> Result<(), Refusal> {
    if let Some(diagram) = diagrams::diagram_of(call.state, row.key.kind, row.text("subtype")) {
        let asked = diagrams::asked(call, diagram)?;
        return diagrams::enter(call, row, diagram, asked, diagrams::goes_freely(call));
    }
    if let Some(stage) = asked_stage(call, row.key.kind)? {
        enter(call, row, &stage);
    }
    Ok(())
}

fn enter(call: &Call<'_>, row: &mut Row, stage: &stages::Stage) {
    row.set("stage", stage.name);
    row.unset("stage_key");
    close(call, row, stage.is_final());
}

/// Notes when a record came to its end, or that it did not.
pub(super) fn close(call: &Call<'_>, row: &mut Row, is_final: bool) {
    match (is_final, row.get("actual_close_date")) {
        (true, None) => row.set("actual_close_date", show::time(call.now)),
        (false, Some(_)) => row.unset("actual_close_date"),
        _ => {}
    }
}

fn asked_stage(call: &Call<'_>, kind: Kind) -> Result<Option<stages::Stage>, Refusal> {
    let Some(asked) = call.body.get("stage").and_then(Value::as_object) else {
        return Ok(None);
    };
    let text = |name: &str| asked.get(name).and_then(Value::as_str);
    let by_id = text("id").or(text("stage")).and_then(Key::of);
    let stage = match (by_id, text("name")) {
        (Some(key), _) => stages::by_number(key.number).filter(|stage| stage.is_of(kind)),
        (None, Some(name)) => stages::by_name(kind, name),
        (None, None) => return Ok(None),
    };
    match stage {
        Some(stage) => Ok(Some(stage)),
        None => {
            let known: Vec<&str> = stages::of_kind(kind).map(|stage| stage.name).collect();
            Err(stage_refusal(call.state, &known))
        }
    }
}

pub(super) fn stage_refusal(state: &State, allowed: &[&str]) -> Refusal {
    match state.switches.stage_error() {
        "invalid_field" => Refusal::invalid_field("stage.name"),
        "bad_request" => Refusal::bad_request(),
        _ => Refusal::not_permitted("stage.name", allowed),
    }
}
