//! What commands share: where they work, the way to the kernel, and the output.

use std::io::Write;
use std::rc::Rc;

use crate::cli::command::ReportForm;
use crate::commands::error::Error;
use crate::format::changes;
use crate::kernel::ipvs::trace::Trace;
use crate::kernel::ipvs::{self, Ipvs};
use crate::model::report::Baseline;
use crate::model::scope::{EVERYTHING, Scope};
use crate::model::{Change, ServiceEntry};
use crate::sys::netns::Netns;

/// One run of the program: where it works, its way to the kernel, opened when it is first needed, and
/// its output.
pub struct Session<'a> {
    netns: Rc<Netns>,
    trace: Trace,
    scope: &'a Scope,
    report_form: Option<ReportForm>,
    /// How everything was before the first change, where changes are reported.
    baseline: Option<Baseline>,
    ipvs: Option<Ipvs>,
    out: &'a mut dyn Write,
    report: &'a mut dyn FnMut(&str),
    paint: Option<fn(&str)>,
    explains: bool,
}

impl<'a> Session<'a> {
    /// `report` is given what is reported during the run, such as a line that failed.
    pub fn new(
        netns: Netns,
        out: &'a mut dyn Write,
        report: &'a mut dyn FnMut(&str),
    ) -> Session<'a> {
        Session {
            netns: Rc::new(netns),
            trace: Trace::default(),
            scope: &EVERYTHING,
            report_form: None,
            baseline: None,
            ipvs: None,
            out,
            report,
            paint: None,
            explains: false,
        }
    }

    /// The session with a function that is called for each exchange with the kernel.
    pub fn tracing(self, trace: Trace) -> Session<'a> {
        Session { trace, ..self }
    }

    /// The session for a part of the table.
    pub fn within(self, scope: &'a Scope) -> Session<'a> {
        Session { scope, ..self }
    }

    /// The session with a report of what it has changed.
    pub fn reporting(self, report_form: Option<ReportForm>) -> Session<'a> {
        Session {
            report_form,
            ..self
        }
    }

    /// The session with a line on which it shows how far it is.
    pub fn painting(self, paint: Option<fn(&str)>) -> Session<'a> {
        Session { paint, ..self }
    }

    /// The session, for somebody who reads along or not.
    pub fn explaining(self, explains: bool) -> Session<'a> {
        Session { explains, ..self }
    }

    /// Whether somebody reads along to whom [`Session::notice`] may say more than is needed.
    pub fn explains(&self) -> bool {
        self.explains
    }

    /// Makes one change.
    pub fn change(&mut self, change: &Change) -> Result<(), Error> {
        Ok(self.ipvs()?.apply(change)?)
    }

    /// Makes one change where it is not made already.
    pub fn ensure(&mut self, change: &Change) -> Result<(), Error> {
        Ok(self.ipvs()?.ensure(change)?)
    }

    /// The kernel's IPVS.
    #[inline(always)]
    pub fn ipvs(&mut self) -> Result<&mut Ipvs, ipvs::Error> {
        self.parts().map(|(ipvs, _)| ipvs)
    }

    /// The kernel's IPVS, and the output.
    #[inline(always)]
    pub fn parts(&mut self) -> Result<(&mut Ipvs, &mut dyn Write), ipvs::Error> {
        let ipvs = match &mut self.ipvs {
            Some(ipvs) => ipvs,
            none => open(none, &self.netns, self.trace)?,
        };
        Ok((ipvs, &mut *self.out))
    }

    /// The part of the table that the run is about.
    pub fn scope(&self) -> &'a Scope {
        self.scope
    }

    /// Reports that `--only` selects none of the services that are there: it may be mistyped.
    pub fn notice_if_none(&mut self, selected: Selected) {
        if selected == Selected::None && !self.scope.only.is_empty() {
            self.notice(&format!("no virtual service is selected by {}", self.scope));
        }
    }

    /// Notes how everything is before the first change, where changes are reported.
    pub fn begin_report(&mut self) -> Result<(), Error> {
        if self.report_form.is_none() || self.baseline.is_some() {
            return Ok(());
        }
        let ipvs = self.ipvs()?;
        let services = ipvs.services()?;
        let table = ipvs.with_servers(&services, false)?;
        let baseline = Baseline::new(&table, ipvs.timeouts()?, ipvs.daemons()?);
        ipvs.record();
        self.baseline = Some(baseline);
        Ok(())
    }

    /// Prints what was changed since [`Session::begin_report`]; nothing where the answer to a change was lost, because
    /// then it is not known.
    pub fn end_report(&mut self) -> Result<(), Error> {
        let made = self.ipvs.as_ref().and_then(Ipvs::recorded);
        let (Some(form), Some(baseline), Some(made)) = (self.report_form, &self.baseline, made)
        else {
            return Ok(());
        };
        let effects = baseline.effects_of(made);
        let text = match form {
            ReportForm::Rules => changes::as_rules(&effects),
            ReportForm::Json => changes::as_json(&effects),
        };
        if text.is_empty() {
            return Ok(());
        }
        // What the command itself has printed fails by itself.
        self.flush()?;
        let out = &mut self.out;
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(Error::Report)
    }

    /// Where the run works.
    pub fn netns(&self) -> Rc<Netns> {
        Rc::clone(&self.netns)
    }

    /// Reports what happens while the run goes on: a rule that failed, or something that was not asked for.
    pub fn notice(&mut self, text: &str) {
        (self.report)(text);
    }

    /// Reports what happens where each exchange with the kernel is reported too.
    pub fn detail(&mut self, text: &str) {
        if self.trace.is_on() {
            self.notice(text);
        }
    }

    /// Whether there is a line on which a long command shows how far it is.
    pub fn paints(&self) -> bool {
        self.paint.is_some()
    }

    /// Shows how far a long command is, instead of what was shown before.
    pub fn paint(&self, text: &str) {
        if let Some(paint) = self.paint {
            paint(text);
        }
    }

    /// Writes out what is buffered.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.out.flush().map_err(Error::Output)
    }

    /// Prints to standard output.
    pub fn print(&mut self, text: &str) -> Result<(), Error> {
        self.out.write_all(text.as_bytes()).map_err(Error::Output)
    }
}

/// Opens the way to the kernel, once in a run.
#[cold]
fn open<'a>(
    ipvs: &'a mut Option<Ipvs>,
    netns: &Rc<Netns>,
    trace: Trace,
) -> Result<&'a mut Ipvs, ipvs::Error> {
    Ok(ipvs.insert(Ipvs::open(Rc::clone(netns), trace)?))
}

/// The services within a scope, in the kernel's order.
pub fn services_within(ipvs: &mut Ipvs, scope: &Scope) -> Result<Vec<ServiceEntry>, ipvs::Error> {
    let mut services = ipvs.services()?;
    if !scope.is_everything() {
        services.retain(|entry| scope.includes(&entry.service.id));
    }
    Ok(services)
}

/// Whether any service is within the scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selected {
    Some,
    None,
}

impl Selected {
    /// `services` are those within the scope.
    pub fn of(services: &[ServiceEntry]) -> Selected {
        match services.is_empty() {
            true => Selected::None,
            false => Selected::Some,
        }
    }
}
