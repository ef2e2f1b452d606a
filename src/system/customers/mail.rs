//! Mail to customers over SMTP.

use super::Notification;
use crate::system::{
    caller::Caller,
    errand::Errand,
    figures::ConnectorState,
    guard::{Guard, Repeatable},
    settings::CustomerSettings,
    trouble::Trouble,
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use secrecy::ExposeSecret;
use std::time::Duration;

const NAME: &str = "mail";

pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Mailbox,
    guard: Guard,
}

impl Mail {
    pub fn open(settings: &CustomerSettings, caller: Caller) -> Result<Self, String> {
        let sender =
            settings.sender.parse().map_err(|error| format!("customers: the sender is no address: {error}"))?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(settings.smtp.expose_secret())
            .map_err(|error| format!("customers: the mail server's address is none: {error}"))?
            .timeout(Some(Duration::from_millis(settings.limits.timeout_ms)))
            .build();
        Ok(Self { transport, sender, guard: Guard::new(NAME, &settings.limits, caller) })
    }

    /// A mail has no key a server would honour, so a failed one is not repeated here; its id tells duplicates apart.
    pub async fn send(&self, errand: &Errand, to: &str, notification: &Notification) -> Result<(), Trouble> {
        let message = self.letter(to, notification)?;
        self.guard.run(errand, Repeatable::No, || self.hand_in(message.clone())).await
    }

    pub fn state(&self) -> ConnectorState {
        self.guard.state()
    }

    async fn hand_in(&self, message: Message) -> Result<(), Trouble> {
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => {
                Err(Trouble::refused(NAME, "mail_refused", "The mail server refused the mail.", error.to_string()))
            }
            Err(error) => Err(Trouble::away(NAME, Duration::ZERO, error.to_string())),
        }
    }

    fn letter(&self, to: &str, notification: &Notification) -> Result<Message, Trouble> {
        let refused =
            |note: String| Trouble::refused(NAME, "address_refused", "The address is none to send mail to.", note);
        let to: Mailbox = to.parse().map_err(|_| refused("not parsed".to_owned()))?;
        Message::builder()
            .from(self.sender.clone())
            .to(to)
            .subject(&notification.subject)
            .message_id(Some(format!("<{}@{}>", notification.id, self.sender.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(notification.text.clone())
            .map_err(|error| refused(error.to_string()))
    }
}
