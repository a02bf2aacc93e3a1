//! The subscriber: evaluates each event, and emits alerts.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use selfsame_events::{Changes, Entry, Event, HandlerError, Head, Loaded, Origin, Status};
use selfsame_mail::{AlertDetails, Circumstances, Template};
use selfsame_primitives::{EmailAddress, Locale};
use selfsame_store::{Key, StoreError, decode};

use super::ALERT_MAILS;
use super::alert_mail::{self, AlertMailDecision};
use super::events::{Kind, SecurityAlert};
use super::record::AccountBaseline;
use super::rule::{self, Finding};
use super::signal::Signal;
use crate::Activity;
use selfsame_identity::{undo_links::UndoHistory, undo_links::UndoNotice};
use selfsame_users::records::Account;

/// Evaluates `event`, unless that was done.
pub(super) fn on_event(
    activity: Arc<Activity>,
    event: &Event,
) -> BoxFuture<'_, Result<(), HandlerError>> {
    Box::pin(async move {
        let key = Entry::key(&event.subject, event.sequence);
        let Some(item) = activity.platform.store.get(&key).await.map_err(later)? else {
            return Ok(());
        };
        let origin = decode::<Entry>(&item.body).map_err(StoreError::from).map_err(later)?.origin;
        let signal = Signal::of(&activity.platform.keys, event, &origin);
        let Some(signal) = signal.map_err(|error| HandlerError::GiveUp(error.to_string()))? else {
            return Ok(());
        };
        evaluate(&activity, &Observation { event, origin, signal }).await
    })
}

fn later(error: impl std::error::Error) -> HandlerError {
    HandlerError::Retry(error.to_string())
}

/// An event with its origin and its signal.
struct Observation<'e> {
    event: &'e Event,
    origin: Origin,
    signal: Signal,
}

/// Why the evaluation did not finish; it is retried.
struct RetryReason(String);

impl From<StoreError> for RetryReason {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

/// The decision about the alert's mail, if there is an alert.
type Outcome = Option<AlertMailDecision>;

async fn evaluate(
    activity: &Arc<Activity>,
    observation: &Observation<'_>,
) -> Result<(), HandlerError> {
    let user = &observation.event.subject;
    let prepared = prepare(activity, observation).await.map_err(later)?;
    let keys = [AccountBaseline::key(user), Account::key(user)];
    let keys = match &prepared {
        Some(prepared) => [prepared.notice.keys(), keys.to_vec()].concat(),
        None => keys.to_vec(),
    };
    let from_risk = activity.settings.alert_mail_from_risk;
    let decide = |loaded: &Loaded| decide(loaded, observation, prepared.as_ref(), from_risk);
    let outcome =
        activity.platform.journal.change(user, &unique(keys), &observation.origin, decide).await;
    if let Some(decision) = outcome.map_err(|RetryReason(reason)| HandlerError::Retry(reason))? {
        activity.platform.counters.add(&ALERT_MAILS, decision.outcome());
    }
    Ok(())
}

fn unique(mut keys: Vec<Key>) -> Vec<Key> {
    keys.sort();
    keys.dedup();
    keys
}

/// A prepared mail.
struct PreparedAlert {
    notice: UndoNotice,
    /// The recipient.
    to: Option<EmailAddress>,
}

/// Prepares the mail, if the rule expects one. The rule decides again in the commit, since it is
/// pure and needs the mail made before.
async fn prepare(
    activity: &Activity,
    observation: &Observation<'_>,
) -> Result<Option<PreparedAlert>, StoreError> {
    let user = &observation.event.subject;
    let items = activity
        .platform
        .store
        .get_many(&[AccountBaseline::key(user), UndoHistory::key(user), Account::key(user)])
        .await?;
    let [baseline, undos, account] = items.as_slice() else { return Ok(None) };
    let baseline =
        baseline.as_ref().map(|item| decode::<AccountBaseline>(&item.body)).transpose()?;
    let (_, finding) = rule::evaluate(baseline.unwrap_or_default(), &observation.signal);
    let Some(finding) = finding else { return Ok(None) };
    let undos = undos.as_ref().map(|item| decode::<UndoHistory>(&item.body)).transpose()?;
    let account = account.as_ref().map(|item| decode::<Account>(&item.body)).transpose()?;
    let to = reader(account, undos.as_ref(), &finding);
    let person = activity.users.cache.get(user).await?;
    let language = person.map(|person| person.profile.preferences.language).unwrap_or_default();
    Ok(Some(PreparedAlert {
        notice: notice(activity, observation, (to.clone(), language), &finding).await,
        to,
    }))
}

/// The account's address before the finding: an attacker who changed the address gets no mail.
fn reader(
    account: Option<Account>,
    undos: Option<&UndoHistory>,
    finding: &Finding,
) -> Option<EmailAddress> {
    let before = finding.since.zip(undos).and_then(|(since, undos)| undos.first_since(since));
    before.map_or_else(|| account.and_then(|account| account.email), |state| state.email.clone())
}

async fn notice(
    activity: &Activity,
    observation: &Observation<'_>,
    to: (Option<EmailAddress>, Locale),
    finding: &Finding,
) -> UndoNotice {
    let (user, at, shown) = (&observation.event.subject, observation.signal.at, &finding.evidence);
    // For many attempts, device and address of the last one would look like those of all.
    let is_of_one = finding.kind != Kind::FailedSignIns;
    let ip = match observation.origin.ip.as_ref().filter(|_| is_of_one) {
        Some(address) => Some(activity.platform.addresses.reveal(user, address, at).await),
        None => None,
    };
    let device = shown.device.clone().filter(|_| is_of_one);
    let circumstances = Circumstances { at, device, ip };
    let template = |undo_url, circumstances| template(finding.kind, undo_url, circumstances);
    UndoNotice::for_alert(&activity.identity, user, to, circumstances, finding.since, template)
}

fn template(kind: Kind, undo_url: String, circumstances: Circumstances) -> Template {
    let finding = match kind {
        Kind::NewDevice => return Template::NewSignIn { undo_url, circumstances },
        Kind::NewNetwork => AlertDetails::NewNetwork,
        Kind::FailedSignIns => AlertDetails::FailedSignIns,
        Kind::OtpGuessing => AlertDetails::Guessing,
        Kind::TwoFactorGuessing => AlertDetails::SecondStep,
        Kind::TokenReuse => AlertDetails::TokenReuse,
        Kind::ChangeAfterNewDevice => AlertDetails::QuickChange,
        Kind::MassProfileReads => AlertDetails::MassReads,
        Kind::PasskeyCopied => AlertDetails::PasskeyCopied,
    };
    Template::SecurityAlert { finding, undo_url, circumstances }
}

/// Stores the baseline, emits the alert, and queues its mail.
fn decide(
    loaded: &Loaded,
    observation: &Observation<'_>,
    prepared: Option<&PreparedAlert>,
    from_risk: u8,
) -> Result<(Changes, Outcome), RetryReason> {
    let user = &observation.event.subject;
    let key = AccountBaseline::key(user);
    let head = loaded.get::<Head>(&Head::key(user))?;
    // Nothing is stored of an account that is not active.
    if head.is_none_or(|head| head.status != Status::Active) {
        return Ok((Changes::none(), None));
    }
    let before = loaded.get::<AccountBaseline>(&key)?.unwrap_or_default();
    if before.sequence >= observation.signal.sequence {
        return Ok((Changes::none(), None));
    }
    let (baseline, finding) = rule::evaluate(before, &observation.signal);
    let Some(finding) = finding else {
        return Ok((Changes::none().put(key, &baseline), None));
    };
    let (baseline, decision) =
        alert_mail::decide_mail(baseline, &finding, observation.signal.at, from_risk);
    let changes = Changes::none().put(key, &baseline);
    let changes = if decision == AlertMailDecision::Mailed {
        let prepared =
            prepared.ok_or_else(|| RetryReason("the baseline has changed meanwhile".into()))?;
        post(changes, loaded, prepared, observation, &finding)?
    } else {
        changes
    };
    let Finding { kind, risk, evidence, .. } = finding;
    Ok((changes.emit(&SecurityAlert { kind, risk, evidence }), Some(decision)))
}

fn post(
    changes: Changes,
    loaded: &Loaded,
    prepared: &PreparedAlert,
    observation: &Observation<'_>,
    finding: &Finding,
) -> Result<Changes, RetryReason> {
    let user = &observation.event.subject;
    let account = loaded.get::<Account>(&Account::key(user))?;
    let undos = loaded.get::<UndoHistory>(&UndoHistory::key(user))?;
    if reader(account, undos.as_ref(), finding) != prepared.to {
        return Err(RetryReason("the address has changed meanwhile".into()));
    }
    Ok(prepared.notice.apply(changes, loaded)?)
}
