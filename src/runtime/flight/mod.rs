//! Flights of actions that run in containers of a platform.
//!
//! The platform places the containers and knows nothing of flights. Whoever is invoked leads: it has
//! the platform invoke the same action for each of its followers ([`Summons`]), and hands them the
//! flight's invitation among the parameters ([`context`]). Whoever is invoked with one follows.

mod account;
mod context;
mod controller;
mod followers;
mod members;
mod prototype;
mod signed;

use std::rc::Rc;
use std::time::Duration;

use actix_web::rt;
use bytes::Bytes;
use raptor_cluster::{
    Activation, ActivationEvent, Answer, Bundle, FollowedEnd, Following, Invitation, Invocation,
    LeaderLost, Manifest, MemberIndex,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use account::Account;
use context::{Context, PARAMETER};
pub(crate) use followers::{Call, Summons};
pub(crate) use members::{Members, MembersError};

/// So long before its deadline a flight gives up: an answer that comes later than the deadline costs
/// the container its life, and the caller the reason.
const MARGIN: Duration = Duration::from_millis(100);

/// How long an activation may take that has no deadline, as OpenWhisk has it.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(60);

/// The flights of one action in one container.
pub(crate) struct Flights {
    bundle: Bundle,
    manifest: Manifest,
    members: Members,
    summons: Rc<dyn Summons>,
    env: Vec<(String, String)>,
    accepts_prototype: bool,
}

/// One activation, as a platform asks for it.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// The parameters: the text of a JSON object.
    pub(crate) params: Bytes,
    /// What else is known of it: `action_name`, `activation_id` and the like.
    pub(crate) context: Vec<(String, String)>,
    /// When the platform gives up, in milliseconds since the epoch.
    pub(crate) deadline_ms: Option<u64>,
}

impl Order {
    fn field(&self, key: &str) -> Option<&str> {
        let mut fields = self.context.iter();
        let found = fields.find(|(name, _)| name == key);
        found.map(|(_, text)| text.as_str())
    }

    fn timeout(&self, now_ms: u64) -> Duration {
        let remaining = self
            .deadline_ms
            .map(|at| Duration::from_millis(at.saturating_sub(now_ms)));
        let whole = remaining.unwrap_or(TIMEOUT_DEFAULT);
        whole.saturating_sub(MARGIN.min(whole / 10))
    }
}

impl Flights {
    /// Those of an action that lies in a directory.
    pub(crate) fn new(
        bundle: Bundle,
        manifest: Manifest,
        members: Members,
        summons: Rc<dyn Summons>,
        env: Vec<(String, String)>,
        accepts_prototype: bool,
    ) -> Self {
        Self {
            bundle,
            manifest,
            members,
            summons,
            env,
            accepts_prototype,
        }
    }

    /// Runs one activation, as the leader of a flight or as a follower, and gives the text of a JSON
    /// object.
    pub(crate) async fn run(&self, order: Order) -> Bytes {
        let now_ms = crate::runtime::now_ms();
        if let Some(context) = self.context(&order) {
            return self.follow(order, context, now_ms).await;
        }
        if self.accepts_prototype
            && let Some((params, uuid)) = prototype::unwrap(&order.params)
        {
            let result = self.lead(Order { params, ..order }, now_ms).await;
            return prototype::wrap(&result, &uuid);
        }
        self.lead(order, now_ms).await
    }

    /// What a leader wrote, if one did.
    fn context(&self, order: &Order) -> Option<Context> {
        let params: Value = serde_json::from_slice(&order.params).ok()?;
        let text = params.get(PARAMETER)?.as_str()?;
        let key = self.summons.key(order)?;
        match Context::open(&key, text) {
            Ok(context) => Some(context),
            Err(why) => {
                tracing::debug!(%why, "the parameter {PARAMETER} is a user's");
                None
            }
        }
    }

    async fn follow(&self, order: Order, context: Context, now_ms: u64) -> Bytes {
        let flight = context.invitation.flight;
        let member = context.member;
        let action = order.field("action_name").unwrap_or_default();
        let seat = match context.check(action, now_ms) {
            Ok(seat) => seat,
            Err(void) => return account::idle(flight, member, &void.to_string()),
        };
        if context.invitation.action != self.bundle.digest() {
            let why = "this container holds another version of the action";
            return account::idle(flight, member, why);
        }
        let place = match self.members.follower_of(flight).await {
            Ok(place) => place,
            Err(error) => return account::idle(flight, member, &format!("failed to {error}")),
        };
        let deadline_ms = order
            .deadline_ms
            .unwrap_or(u64::MAX)
            .min(context.deadline_ms);
        let order = Order {
            params: Bytes::from(context.params.get().to_owned()),
            deadline_ms: Some(deadline_ms),
            ..order
        };
        let invocation = self.invocation(order, now_ms);
        let mut following: Following = place.node().follow(context.invitation, seat, invocation);
        account::followed(flight, member, &following.end().await)
    }

    async fn lead(&self, order: Order, now_ms: u64) -> Bytes {
        let place = match self.members.leader().await {
            Ok(place) => place,
            Err(error) => return error_text(&format!("failed to {error}")),
        };
        let size = self.manifest.flight_size();
        let is_possible = match self.summons.is_possible(&order) {
            _ if size == 1 => Ok(()),
            possible => possible,
        };
        let invocation = Invocation {
            watch: size > 1,
            size: is_possible.is_err().then_some(1),
            ..self.invocation(order.clone(), now_ms)
        };
        let deadline_ms = now_ms.saturating_add(millis(invocation.timeout));
        let (mut activation, invitation) = place.node().lead(invocation);
        place.takes_part_in(activation.id());
        let mut account = Account::new(activation.id(), size, &self.manifest);
        match is_possible {
            Err(why) => account.on_alone(&why),
            Ok(()) if size > 1 => {
                let refusals = self.summon(order, invitation, deadline_ms);
                let answer = fly(&mut activation, &mut account, refusals, place.node()).await;
                return self.landed(answer, &account);
            }
            Ok(()) => {}
        }
        let answer = activation.answer().await;
        self.landed(answer, &account)
    }

    fn invocation(&self, order: Order, now_ms: u64) -> Invocation {
        Invocation {
            timeout: order.timeout(now_ms),
            params: order.params,
            //context: order.context,
            //env: self.env.clone(),
            ..Invocation::new(self.bundle.clone())
        }
    }

    /// Has the platform asked for every follower, all at once; those who will not come are told.
    fn summon(
        &self,
        order: Order,
        invitation: Invitation,
        deadline_ms: u64,
    ) -> tokio::sync::mpsc::UnboundedReceiver<(MemberIndex, String)> {
        let (refused, refusals) = tokio::sync::mpsc::unbounded_channel();
        let params = String::from_utf8_lossy(&order.params).into_owned();
        let params = RawValue::from_string(params).expect("parameters were parsed before");
        let key = self.summons.key(&order).unwrap_or_default();
        for member in 1..invitation.size {
            let context = Context {
                action: order.field("action_name").unwrap_or_default().to_owned(),
                member,
                deadline_ms,
                invitation: invitation.clone(),
                params: params.clone(),
            };
            let body = json!({ PARAMETER: context.sign(&key) }).to_string();
            let call = Call {
                order: order.clone(),
                member,
                body,
            };
            let (summons, refused) = (Rc::clone(&self.summons), refused.clone());
            rt::spawn(async move {
                if let Err(why) = summons.summon(call).await {
                    // A flight that has landed meanwhile misses nobody.
                    let _ = refused.send((MemberIndex(member), why));
                }
            });
        }
        refusals
    }

    fn landed(&self, answer: Result<Answer, LeaderLost>, account: &Account) -> Bytes {
        if self.manifest.flight_size() > 1 {
            eprintln!("{}", account.line());
        }
        match answer {
            Ok(Answer::Landed(result)) => result,
            Ok(failed) => account::error(&failed),
            Err(lost) => error_text(&format!("failed to {lost}")),
        }
    }
}

/// Waits for the answer, and keeps the account meanwhile.
async fn fly(
    activation: &mut Activation,
    account: &mut Account,
    mut refusals: tokio::sync::mpsc::UnboundedReceiver<(MemberIndex, String)>,
    node: &raptor_cluster::Node,
) -> Result<Answer, LeaderLost> {
    loop {
        tokio::select! {
            biased;
            event = activation.next() => match event? {
                Some(ActivationEvent::Settled(answer)) => return Ok(answer),
                Some(ActivationEvent::Progress(progress)) => account.on_progress(progress),
                Some(ActivationEvent::Recorded(_) | ActivationEvent::Lost(_)) => {}
                None => unreachable!("the decision comes before the end"),
            },
            Some((member, why)) = refusals.recv() => {
                account.on_refused(member, why.clone());
                node.decline(activation.id(), member, why);
            }
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn error_text(text: &str) -> Bytes {
    json!({ "error": text }).to_string().into()
}
