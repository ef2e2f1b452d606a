//! The requests of one connection: what the connection knows goes with each of them to the router.

use super::{
    activity::Activity, answer::Answer, body::Received, head::Misread, patience::Patience, settings::ConnectionSettings,
};
use crate::policy::PeerCertificate;
use axum::{Router, body::Body};
use hyper::{Request, Response, body::Incoming, http::request::Parts, service::Service};
use hyper_util::service::TowerToHyperService;
use std::{convert::Infallible, sync::Arc};

/// Hands a connection's requests to the router.
#[derive(Clone)]
pub struct Requests {
    router: TowerToHyperService<Router>,
    settings: ConnectionSettings,
    activity: Arc<Activity>,
    certificate: Option<PeerCertificate>,
}

impl Requests {
    pub fn new(
        router: Router,
        settings: ConnectionSettings,
        activity: Arc<Activity>,
        certificate: Option<PeerCertificate>,
    ) -> Self {
        Self { router: TowerToHyperService::new(router), settings, activity, certificate }
    }

    pub async fn answer(self, request: Request<Incoming>) -> Result<Response<Answer>, Infallible> {
        let under_way = self.activity.request();
        let (mut parts, incoming) = request.into_parts();
        if let Some(misread) = under_way.refused().or_else(|| self.oversize(&parts)) {
            parts.extensions.insert(misread);
        }
        if let Some(certificate) = self.certificate {
            parts.extensions.insert(certificate);
        }
        let sender = Patience::new(self.settings.body_within(), self.settings.slowest_bytes_per_second);
        let body = Body::new(Received::new(incoming, sender));
        let response = self.router.call(Request::from_parts(parts, body)).await?;
        Ok(response.map(|body| Answer::new(body, under_way)))
    }

    /// The bounds of heads, for those that came as HTTP/2 and were read elsewhere.
    fn oversize(&self, parts: &Parts) -> Option<Misread> {
        let target = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
        match parts.headers.len() {
            _ if target > self.settings.target_bytes => Some(Misread::TargetTooLong),
            fields if fields > self.settings.fields => Some(Misread::HeadTooLarge),
            _ => None,
        }
    }
}
