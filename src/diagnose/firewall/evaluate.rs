//! What a table does to a packet: that it surely passes, that it surely is dropped and where, or that this
//! cannot be worked out.

use super::model::{Base, Chain, Policy, Rule, Table, Verdict};
use super::packet::Packet;

/// As deep as nftables lets chains jump.
const DEEPEST: usize = 16;
/// So many places where a packet may be dropped are kept.
const MOST_PLACES: usize = 64;

/// How many rules may still be looked at, for all packets together: a firewall can be made so that the number of
/// ways through it has no end.
#[derive(Debug)]
pub struct Budget(u64);

impl Budget {
    pub fn new(rules: u64) -> Budget {
        Budget(rules)
    }
}

/// Where a packet is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    pub table: &'a Table,
    /// The name of the chain.
    pub chain: &'a str,
    /// The rule and its number in the chain, from 0; none for the policy.
    pub rule: Option<(usize, &'a Rule)>,
    /// Of the chain at the hook.
    pub base: &'a Base,
}

impl Place<'_> {
    /// How many packets were dropped here, where that is counted.
    pub fn packets(&self) -> Option<u64> {
        match self.rule {
            Some((_, rule)) => rule.packets,
            None => self.base.packets,
        }
    }
}

/// What one chain at a hook does to a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    Passes,
    /// It may be given another destination, and passes.
    Translated,
    /// In the first of these places that it comes to; more than one where conditions cannot be worked out.
    Dropped(Vec<Place<'a>>),
    /// Not known; it may be dropped in these places.
    Unknown(Vec<Place<'a>>),
}

/// Sends a packet through the chain with this name, which is one at a hook.
pub fn evaluate<'a>(
    table: &'a Table,
    name: &'a str,
    packet: &Packet<'_>,
    budget: &mut Budget,
) -> Outcome<'a> {
    let Some((chain, base)) = table
        .chains
        .get(name)
        .and_then(|chain| Some((chain, chain.base.as_ref()?)))
    else {
        return Outcome::Passes;
    };
    let mut walk = Walk {
        table,
        packet,
        budget,
        base,
        may_pass: false,
        translated: false,
        lost: false,
        drops: Vec::new(),
    };
    if walk.chain(name, chain, 0) {
        match base.policy {
            Policy::Accept => walk.may_pass = true,
            Policy::Drop => walk.drop_at(name, None),
        }
    }
    match walk {
        Walk {
            lost: true, drops, ..
        } => Outcome::Unknown(drops),
        Walk {
            translated: true,
            drops,
            ..
        } if drops.is_empty() => Outcome::Translated,
        Walk { drops, .. } if drops.is_empty() => Outcome::Passes,
        Walk {
            may_pass: false,
            translated: false,
            drops,
            ..
        } => Outcome::Dropped(drops),
        Walk { drops, .. } => Outcome::Unknown(drops),
    }
}

/// A packet on its way.
struct Walk<'a, 'b> {
    table: &'a Table,
    packet: &'b Packet<'b>,
    budget: &'b mut Budget,
    base: &'a Base,
    /// Whether it may be accepted somewhere.
    may_pass: bool,
    translated: bool,
    /// Whether it was given up.
    lost: bool,
    drops: Vec<Place<'a>>,
}

impl<'a> Walk<'a, '_> {
    /// Walks through a chain; whether the packet may come to its end or return from it.
    fn chain(&mut self, name: &'a str, chain: &'a Chain, depth: usize) -> bool {
        let mut may_return = false;
        for (index, rule) in chain.rules.iter().enumerate() {
            let Some(left) = self.budget.0.checked_sub(1).filter(|_| !self.lost) else {
                self.lost = true;
                return true;
            };
            self.budget.0 = left;
            let fits = self.packet.fits(&rule.matches);
            if fits == Some(false) {
                continue;
            }
            let goes_on = self.verdict(&rule.verdict, name, (index, rule), depth, &mut may_return);
            if fits == Some(true) && !goes_on {
                return may_return;
            }
        }
        true
    }

    /// Applies a verdict; whether the packet may go on with the next rule.
    fn verdict(
        &mut self,
        verdict: &'a Verdict,
        name: &'a str,
        place: (usize, &'a Rule),
        depth: usize,
        may_return: &mut bool,
    ) -> bool {
        match verdict {
            Verdict::Accept => self.may_pass = true,
            Verdict::Translate => self.translated = true,
            Verdict::Drop | Verdict::Reject => self.drop_at(name, Some(place)),
            Verdict::Return => *may_return = true,
            Verdict::Continue | Verdict::NoTrack => return true,
            Verdict::Unknown => {
                self.may_pass = true;
                return true;
            }
            Verdict::Jump(target) => return self.jump(target, depth),
            Verdict::Goto(target) => {
                // What returns from there returns from here.
                *may_return |= self.jump(target, depth);
            }
            Verdict::Map(entries) => {
                for (field, verdict) in entries {
                    let is = self.packet.is(field);
                    if is == Some(false) {
                        continue;
                    }
                    // A map in a map does not exist.
                    let goes_on = !matches!(verdict, Verdict::Map(_))
                        && self.verdict(verdict, name, place, depth, may_return);
                    if is == Some(true) {
                        return goes_on;
                    }
                }
                return true;
            }
        }
        false
    }

    /// Walks through another chain; whether the packet may come back. A target that is no chain is unknown.
    fn jump(&mut self, target: &'a str, depth: usize) -> bool {
        match self.table.chains.get(target) {
            Some(chain) if depth < DEEPEST => self.chain(target, chain, depth + 1),
            _ => {
                self.may_pass = true;
                true
            }
        }
    }

    fn drop_at(&mut self, chain: &'a str, rule: Option<(usize, &'a Rule)>) {
        let place = Place {
            table: self.table,
            chain,
            rule,
            base: self.base,
        };
        if self.drops.len() < MOST_PLACES {
            self.drops.push(place);
        }
    }
}
