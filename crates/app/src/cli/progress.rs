//! Bars on stderr while a run is at work.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use engine::{Progress, Stage};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::ObjectName;

/// One bar per object and stage; nothing at all where nobody would see it.
pub struct Bars {
    all: MultiProgress,
    bars: Mutex<BTreeMap<(ObjectName, Stage), ProgressBar>>,
}

impl Bars {
    /// Bars, or none if they are not wanted or stderr is not a terminal.
    pub fn new(hidden: bool) -> Self {
        let target = match hidden {
            true => ProgressDrawTarget::hidden(),
            // Ten times a second; this target draws nothing where there is no terminal.
            false => ProgressDrawTarget::stderr_with_hz(10),
        };
        Self {
            all: MultiProgress::with_draw_target(target),
            bars: Mutex::default(),
        }
    }

    /// Takes the bars away.
    pub fn finish(&self) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        // One by one: a bar that is dropped at work draws all that are left once more.
        for bar in bars.values() {
            bar.finish_and_clear();
        }
        bars.clear();
        let _ = self.all.clear();
    }

    fn bar(&self, object: &ObjectName, stage: Stage) -> ProgressBar {
        let bar = self.all.add(ProgressBar::no_length());
        bar.set_style(style(false));
        bar.set_prefix(format!("{:<12} {:<13}", object.as_str(), words(stage)));
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}

impl Progress for Bars {
    fn stage(&self, object: &ObjectName, stage: Stage, done: u64, total: Option<u64>) {
        if self.all.is_hidden() || total == Some(0) {
            return;
        }
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bars
            .entry((object.clone(), stage))
            .or_insert_with(|| self.bar(object, stage));
        if let Some(total) = total.filter(|total| bar.length() != Some(*total)) {
            bar.set_length(total);
            bar.set_style(style(true));
        }
        bar.set_position(done);
        if total == Some(done) {
            bar.disable_steady_tick();
            bar.abandon();
        }
    }
}

fn words(stage: Stage) -> &'static str {
    match stage {
        Stage::ReadingLeft => "read left",
        Stage::ReadingRight => "read right",
        Stage::Writing => "write",
        Stage::WritingLeft => "write back",
        Stage::ReadingBack => "read back",
    }
}

fn style(has_total: bool) -> ProgressStyle {
    let template = match has_total {
        true => "{prefix} [{bar:30}] {human_pos}/{human_len} {elapsed}",
        false => "{prefix} {spinner} {human_pos} {elapsed}",
    };
    // A template of ours that cannot be read would cost the looks, not the run.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}
