//! The twins of a world.

use std::sync::Arc;

use connectors::{Sample, TwinOptions, kit::TwinWire};
use model::{Clock, Fault};

use super::{Stumble, lacking};
use crate::{clock::SimClock, history::Story, mix::Mix, people::TOKEN};

/// Both twins.
#[derive(Clone)]
pub struct Twins {
    /// The vendor of the left one.
    pub vendor: &'static str,
    /// Planhat, or Intercom.
    pub left: Arc<TwinWire>,
    /// DevRev.
    pub right: Arc<TwinWire>,
}

/// What the Planhat twin is set up like.
const PLANHAT: &[(&str, &str)] = &[
    ("conversation_types", "Training,In person meeting"),
    ("reserved_types", "accept"),
];

/// The recipe that comes with the program.
pub(super) fn recipe(mix: Mix) -> &'static str {
    match mix {
        Mix::Desk => include_str!("../../../../recipes/intercom-devrev.yaml"),
        Mix::Plain | Mix::Wide | Mix::Week => include_str!("../../../../recipes/planhat-devrev.yaml"),
    }
}

impl Twins {
    /// Two of them, empty but for a small workspace where there must be people who answer.
    pub(super) fn new(clock: &Arc<SimClock>, story: Story) -> Result<Self, Fault> {
        let twin = |id: &str, settings: &[(&str, &str)]| {
            let connector = connectors::by_id(id).ok_or_else(|| lacking(id))?;
            let settings = settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let options = TwinOptions {
                token: Some(TOKEN.to_owned()),
                settings: settings.collect(),
            };
            let clock: Arc<dyn Clock> = Arc::<SimClock>::clone(clock);
            Ok::<_, Fault>(Arc::new(TwinWire::new(connector.twin(&options)?, clock)))
        };
        let (vendor, settings) = match story.mix {
            Mix::Desk => ("intercom", [].as_slice()),
            Mix::Plain | Mix::Wide | Mix::Week => ("planhat", PLANHAT),
        };
        let twins = Self {
            vendor,
            left: twin(vendor, settings)?,
            right: twin("devrev", &[])?,
        };
        if story.mix == Mix::Desk {
            let sample = Sample {
                companies: 1,
                seed: story.seed,
            };
            twins.left.with_twin(|twin| twin.fill(&sample, clock.now()))?;
        }
        Ok(twins)
    }

    /// Both as they are, byte for byte.
    pub fn saved(&self) -> Result<(Vec<u8>, Vec<u8>), Stumble> {
        let save = |twin: &TwinWire| {
            let mut bytes = Vec::new();
            twin.with_twin(|twin| twin.save(&mut bytes)).map(|()| bytes)
        };
        Ok((save(&self.left)?, save(&self.right)?))
    }

    /// Those that runs may write, byte for byte. Whoever reads Intercom moves its clock.
    pub fn written(&self) -> Result<(Vec<u8>, Vec<u8>), Stumble> {
        let (left, right) = self.saved()?;
        Ok(match self.vendor {
            "intercom" => (Vec::new(), right),
            _ => (left, right),
        })
    }

    /// Makes both what they were.
    pub(super) fn load(&self, (left, right): &(Vec<u8>, Vec<u8>)) -> Result<(), Stumble> {
        self.left.with_twin(|twin| twin.load(&mut left.as_slice()))?;
        self.right.with_twin(|twin| twin.load(&mut right.as_slice()))?;
        Ok(())
    }
}
