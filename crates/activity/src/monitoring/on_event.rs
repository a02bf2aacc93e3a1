//! The duty: looks at each event, and tells of what it finds.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use selfsame_events::{Changes, Entry, Event, HandlerError, Head, Loaded, Origin, Status};
use selfsame_mail::{AlertDetails, Circumstances, Template};
use selfsame_primitives::{EmailAddress, Locale};
use selfsame_store::{Key, StoreError, decode};

use super::FATES;
use super::alert_mail::{self, AlertMailDecision};
use super::events::{Kind, SecurityAlert};
use super::record::AccountBaseline;
use super::rule::{self, Finding};
use super::signal::Signal;
use crate::Activity;
use selfsame_identity::{undo_links::UndoHistory, undo_links::UndoNotice};
use selfsame_users::records::Account;

/// Looks at `event`, unless that was done.
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
        look(&activity, &Observation { event, origin, signal }).await
    })
}

fn later(error: impl std::error::Error) -> HandlerError {
    HandlerError::Retry(error.to_string())
}

/// What is looked at.
struct Observation<'e> {
    event: &'e Event,
    origin: Origin,
    signal: Signal,
}

/// Why a turn did not end; it is taken again.
struct RetryReason(String);

impl From<StoreError> for RetryReason {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

/// What came of a look.
type Outcome = Option<AlertMailDecision>;

async fn look(activity: &Arc<Activity>, watched: &Observation<'_>) -> Result<(), HandlerError> {
    let user = &watched.event.subject;
    let prepared = prepare(activity, watched).await.map_err(later)?;
    let keys = [AccountBaseline::key(user), Account::key(user)];
    let keys = match &prepared {
        Some(prepared) => [prepared.notice.keys(), keys.to_vec()].concat(),
        None => keys.to_vec(),
    };
    let from_risk = activity.settings.alert_mail_from_risk;
    let decide = |loaded: &Loaded| decide(loaded, watched, prepared.as_ref(), from_risk);
    let outcome =
        activity.platform.journal.change(user, &unique(keys), &watched.origin, decide).await;
    if let Some(fate) = outcome.map_err(|RetryReason(reason)| HandlerError::Retry(reason))? {
        activity.platform.counters.add(&FATES, fate.outcome());
    }
    Ok(())
}

fn unique(mut keys: Vec<Key>) -> Vec<Key> {
    keys.sort();
    keys.dedup();
    keys
}

/// A mail that is ready to be posted.
struct PreparedAlert {
    notice: UndoNotice,
    /// Whom it goes to.
    to: Option<EmailAddress>,
}

/// Makes the mail, if one is to be expected: the rule, which stays pure, decides it again.
async fn prepare(
    activity: &Activity,
    watched: &Observation<'_>,
) -> Result<Option<PreparedAlert>, StoreError> {
    let user = &watched.event.subject;
    let items = activity
        .platform
        .store
        .get_many(&[AccountBaseline::key(user), UndoHistory::key(user), Account::key(user)])
        .await?;
    let [habits, undos, account] = items.as_slice() else { return Ok(None) };
    let habits = habits.as_ref().map(|item| decode::<AccountBaseline>(&item.body)).transpose()?;
    let (_, finding) = rule::evaluate(habits.unwrap_or_default(), &watched.signal);
    let Some(finding) = finding else { return Ok(None) };
    let undos = undos.as_ref().map(|item| decode::<UndoHistory>(&item.body)).transpose()?;
    let account = account.as_ref().map(|item| decode::<Account>(&item.body)).transpose()?;
    let to = reader(account, undos.as_ref(), &finding);
    let person = activity.users.cache.get(user).await?;
    let language = person.map(|person| person.profile.preferences.language).unwrap_or_default();
    Ok(Some(PreparedAlert {
        notice: notice(activity, watched, (to.clone(), language), &finding).await,
        to,
    }))
}

/// Where the account's mail went before what was found: a thief who changed the address gets no
/// mail.
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
    watched: &Observation<'_>,
    to: (Option<EmailAddress>, Locale),
    finding: &Finding,
) -> UndoNotice {
    let (user, at, shown) = (&watched.event.subject, watched.signal.at, &finding.evidence);
    // Of many attempts the last one's device and address would be taken for those of all.
    let is_of_one = finding.kind != Kind::FailedSignIns;
    let ip = match watched.origin.ip.as_ref().filter(|_| is_of_one) {
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

/// Keeps what is known then, tells of what was found, and posts the mail about it.
fn decide(
    loaded: &Loaded,
    watched: &Observation<'_>,
    prepared: Option<&PreparedAlert>,
    from_risk: u8,
) -> Result<(Changes, Outcome), RetryReason> {
    let user = &watched.event.subject;
    let key = AccountBaseline::key(user);
    let head = loaded.get::<Head>(&Head::key(user))?;
    // Of somebody who is gone nothing is kept.
    if head.is_none_or(|head| head.status != Status::Active) {
        return Ok((Changes::none(), None));
    }
    let before = loaded.get::<AccountBaseline>(&key)?.unwrap_or_default();
    if before.sequence >= watched.signal.sequence {
        return Ok((Changes::none(), None));
    }
    let (habits, finding) = rule::evaluate(before, &watched.signal);
    let Some(finding) = finding else {
        return Ok((Changes::none().put(key, &habits), None));
    };
    let (habits, fate) = alert_mail::fate(habits, &finding, watched.signal.at, from_risk);
    let changes = Changes::none().put(key, &habits);
    let changes = if fate == AlertMailDecision::Mailed {
        let prepared =
            prepared.ok_or_else(|| RetryReason("the habits have changed meanwhile".into()))?;
        post(changes, loaded, prepared, watched, &finding)?
    } else {
        changes
    };
    let Finding { kind, risk, evidence, .. } = finding;
    Ok((changes.emit(&SecurityAlert { kind, risk, evidence }), Some(fate)))
}

fn post(
    changes: Changes,
    loaded: &Loaded,
    prepared: &PreparedAlert,
    watched: &Observation<'_>,
    finding: &Finding,
) -> Result<Changes, RetryReason> {
    let user = &watched.event.subject;
    let account = loaded.get::<Account>(&Account::key(user))?;
    let undos = loaded.get::<UndoHistory>(&UndoHistory::key(user))?;
    if reader(account, undos.as_ref(), finding) != prepared.to {
        return Err(RetryReason("the address has changed meanwhile".into()));
    }
    Ok(prepared.notice.apply(changes, loaded)?)
}
