//! Following one run until it has ended: by the control plane's stream, and by
//! asking again and again where that fails.

use std::{sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use connectrpc::{ConnectError, ErrorCode, StreamMessage, client::ServerStream};
use flyte_idl::flyteidl2::workflow::{
    __buffa::view::WatchActionDetailsResponseView, WatchActionDetailsRequest,
    WatchActionDetailsResponse,
};
use tokio::{sync::watch, time::timeout};

use super::{Ended, Sight};
use crate::control_plane::{
    ActionData, Caller, ControlPlane, Run, RunId, run::Said, transport::AnswerBody,
};

/// How long one stream may last; it is opened anew when it ends.
const LONGEST_STREAM: Duration = Duration::from_mins(10);

/// How long a stream may say nothing before the run is asked for beside it: a
/// proxy may have dropped the connection without a word.
const SILENCE: Duration = Duration::from_secs(30);

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

type Stream = ServerStream<AnswerBody, WatchActionDetailsResponseView<'static>>;
type Message = StreamMessage<WatchActionDetailsResponse>;

/// A stream that did not last until the run's end.
enum Broken {
    /// The control plane has no such stream.
    Unsupported,
    /// It said nothing.
    Early,
    /// It broke after it had said something.
    Late,
}

impl ControlPlane {
    /// Follows a run and notes where it is; gives what is last to say of it.
    pub(super) async fn follow(
        &self,
        caller: &Caller,
        id: &RunId,
        sights: &watch::Sender<Sight>,
    ) -> Sight {
        let mut has_streams = true;
        let mut pauses = pauses();
        loop {
            if has_streams {
                match self.stream(caller, id, sights).await {
                    Ok(last) => return last,
                    Err(Broken::Unsupported) => has_streams = false,
                    Err(Broken::Early) => {}
                    Err(Broken::Late) => pauses = self::pauses(),
                }
            }
            if let Some(last) = self.ask(caller, id, sights).await {
                return last;
            }
            tokio::time::sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
        }
    }

    /// Follows a run by a stream. Why one broke off is not looked into: asking
    /// for the run tells it better.
    async fn stream(
        &self,
        caller: &Caller,
        id: &RunId,
        sights: &watch::Sender<Sight>,
    ) -> Result<Sight, Broken> {
        let opening = async {
            let mut stream = self.open(caller, id).await?;
            let first = stream.message().await?;
            Ok::<_, ConnectError>((stream, first))
        };
        let (mut stream, first) = match timeout(self.deadline, opening).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(error)) if error.code == ErrorCode::Unimplemented => {
                return Err(Broken::Unsupported);
            }
            Ok(Err(_)) | Err(_) => return Err(Broken::Early),
        };
        let mut seen = self.seen(id, first).ok_or(Broken::Early)?;
        while !seen.phase.is_done() {
            note(sights, &seen);
            match timeout(SILENCE, stream.message()).await {
                Ok(Ok(message)) => seen = self.seen(id, message).ok_or(Broken::Late)?,
                Ok(Err(_)) => return Err(Broken::Late),
                Err(_silence) => {
                    if let Some(last) = self.ask(caller, id, sights).await {
                        return Ok(last);
                    }
                }
            }
        }
        Ok(self.ended(caller, seen).await)
    }

    async fn open(&self, caller: &Caller, id: &RunId) -> Result<Stream, ConnectError> {
        let request = WatchActionDetailsRequest {
            action_id: self.root_action(id).into(),
            ..Default::default()
        };
        let options = caller.options(LONGEST_STREAM);
        let opened = self.run.watch_action_details_with_options(request, options);
        // In a box, as each call is.
        Box::pin(opened).await
    }

    /// A message of the stream as the run that was asked for; none at the end
    /// of the stream and for another run.
    fn seen(&self, id: &RunId, message: Option<Message>) -> Option<Run> {
        let message = message?;
        let details = message.view().details.as_option()?;
        let is_asked = self.is_asked(&details.id.run, id);
        is_asked.then(|| Run::new(id.clone(), Said::Message(message)))
    }

    /// Asks for the run once; gives what is last to say of it, if it is.
    async fn ask(
        &self,
        caller: &Caller,
        id: &RunId,
        sights: &watch::Sender<Sight>,
    ) -> Option<Sight> {
        match self.run(caller, id).await {
            Ok(run) if run.phase.is_done() => Some(self.ended(caller, run).await),
            Ok(run) => {
                note(sights, &run);
                None
            }
            Err(error) if error.is_final() => Some(Sight::Lost(error)),
            Err(error) => {
                tracing::debug!(run.name = %id.name, error.message = %error, "A run that is waited for is out of sight: {error}");
                None
            }
        }
    }

    async fn ended(&self, caller: &Caller, run: Run) -> Sight {
        Sight::Ended(Arc::new(self.outcome(caller, run).await))
    }

    /// What came of a run that has ended.
    pub async fn outcome(&self, caller: &Caller, run: Run) -> Ended {
        let data = if run.phase.has_outputs() {
            self.action_data(caller, &run).await
        } else {
            Ok(ActionData::default())
        };
        Ended { run, data }
    }
}

fn note(sights: &watch::Sender<Sight>, run: &Run) {
    sights.send_replace(Sight::Going(Some(run.phase)));
}

fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .without_max_times()
        .with_jitter()
        .build()
}
