//! What a history is made of.

use std::str::FromStr;

/// What befalls in a history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mix {
    /// Edits on both sides, faults, kills.
    #[default]
    Plain,
    /// Also policies for what is gone, decisions, undoing, pictures whose links expire, clocks set during a run, and a vendor
    /// so large that not everything is read again by every run.
    Wide,
    /// A week of hourly syncs.
    Week,
    /// A support desk in Intercom in place of Planhat.
    Desk,
}

impl FromStr for Mix {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "plain" => Ok(Self::Plain),
            "wide" => Ok(Self::Wide),
            "week" => Ok(Self::Week),
            "desk" => Ok(Self::Desk),
            _ => Err("a mix is plain, wide, week or desk".to_owned()),
        }
    }
}

impl Mix {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Wide => "wide",
            Self::Week => "week",
            Self::Desk => "desk",
        }
    }
}
