//! What a container does that is asked for a result: it leads a flight.

use std::rc::Rc;
use std::time::Duration;

use actix_web::rt;
use bytes::Bytes;
use raptor_cluster::{
    Activation, ActivationEvent, Answer, Invitation, Invocation, LeaderLost, MemberIndex, Node,
};
use serde_json::json;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::account::{self, Account};
use super::context::{Context, PARAMETER};
use super::followers::Call;
use super::{Flights, Order};

/// How long an answer waits for the end of processes that are preempted: far longer than a kill takes.
const SILENCE_TIMEOUT: Duration = Duration::from_millis(200);

/// Members that will not come, and why.
type Refusals = mpsc::UnboundedReceiver<(MemberIndex, String)>;

impl Flights {
    /// Flies, and gives the values of the sinks, or the error.
    pub(super) async fn lead(&self, order: Order) -> Bytes {
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
            size: Some(if is_possible.is_ok() { size } else { 1 }),
            ..self.invocation(order.clone())
        };
        let (mut activation, invitation) = place.node().lead(invocation);
        place.takes_part_in(activation.id());
        let mut account = Account::new(activation.id(), size, &self.manifest);
        match is_possible {
            Err(why) => account.on_alone(&why),
            Ok(()) if size > 1 => {
                let refusals = self.summon(order, invitation);
                let answer = fly(&mut activation, &mut account, refusals, place.node()).await;
                // What is printed later would be in another activation's log.
                let silence = place.node().silence(activation.id());
                let _ = timeout(SILENCE_TIMEOUT, silence).await;
                return self.landed(answer, &account);
            }
            Ok(()) => {}
        }
        let answer = activation.answer().await;
        self.landed(answer, &account)
    }

    /// Has the platform asked for every follower, all at once; those who will not come are told.
    fn summon(&self, order: Order, invitation: Invitation) -> Refusals {
        let (refused, refusals) = mpsc::unbounded_channel();
        let params = String::from_utf8_lossy(&order.params).into_owned();
        let params = RawValue::from_string(params).expect("parameters were parsed before");
        let key = self.summons.key(&order).unwrap_or_default();
        for member in 1..invitation.size {
            let context = Context {
                action: order.field("action_name").unwrap_or_default().to_owned(),
                member,
                deadline_ms: order.until_ms(),
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
    mut refusals: Refusals,
    node: &Node,
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

fn error_text(text: &str) -> Bytes {
    json!({ "error": text }).to_string().into()
}
