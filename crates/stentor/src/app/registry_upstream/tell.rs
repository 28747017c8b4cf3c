//! One template's news, brought to the upstream: each by a request or two, and what its answer means here.

use stentor_core::registry::Template;
use stentor_core::template::{RejectedReason, TemplateStatus};

use super::{Mirror, What, follow, is_there};
use crate::api::verdicts::{self, Verdict};
use crate::upstream::cloud_api::{Listed, Standing, Trouble};

impl Mirror {
    /// Brings one template's news to the upstream.
    ///
    /// # Errors
    /// Why it is to be told again.
    pub(super) async fn tell(&self, template: &Template, what: What) -> Result<(), String> {
        let told = match what {
            What::Stand if template.deleted_at.is_some() => self.unmake(template).await.map(|()| None),
            What::Stand => self.make(template).await,
            What::Change => self.change(template).await.map(|()| None),
            What::Archive => self.archive(template).await.map(|()| None),
            What::Unpause => self.unpause(template).await.map(|()| None),
        };
        let named = (template.name.as_str(), template.language.as_str());
        let booked = match told {
            Ok(None) => Ok(()),
            Ok(Some(standing)) => follow(&self.state, template.account, named, standing).await,
            Err(Trouble::Refused { code, details }) => {
                tracing::warn!(template = %template.id, ?what, code, details, "the upstream refuses a template");
                // What it refuses else is put right by the next reading.
                if what != What::Stand {
                    return Ok(());
                }
                let verdict = Verdict::Rejected(RejectedReason::InvalidFormat);
                verdicts::reviewed(&self.state, template.account, named, verdict).await
            }
            Err(trouble) => return Err(trouble.to_string()),
        };
        booked.map_err(|error| format!("{error:?}"))
    }

    /// The upstream's template of that name and language.
    async fn there(&self, template: &Template) -> Result<Option<Listed>, Trouble> {
        let listing = self.upstream.list_templates(template.account, Some(&template.name)).await?;
        Ok(listing.find(&template.name, &template.language).cloned())
    }

    /// Creates it, or edits the one that is there; where it stands now, as far as that is known.
    async fn make(&self, template: &Template) -> Result<Option<Standing>, Trouble> {
        let through = self.state.clicks.as_ref().map(|clicks| clicks.registered(template));
        let template = through.as_ref().unwrap_or(template);
        match self.upstream.create_template(template).await {
            Err(Trouble::Exists) => {}
            made => return made.map(Some),
        }
        let Some(there) = self.there(template).await? else {
            return Err(Trouble::Later("said to be there, but not listed".to_owned()));
        };
        // A lost answer to its creation, or to this very edit: it is in review, or has its verdict.
        if template.edited_at.is_empty() || there.standing.status == TemplateStatus::Pending {
            return Ok(Some(there.standing));
        }
        self.upstream.edit_template(&there, template).await.map(|()| None)
    }

    async fn unmake(&self, template: &Template) -> Result<(), Trouble> {
        match self.there(template).await? {
            Some(there) if is_there(there.standing.status) => {
                self.upstream.delete_template(template.account, &there).await
            }
            _ => Ok(()),
        }
    }

    async fn change(&self, template: &Template) -> Result<(), Trouble> {
        match self.there(template).await? {
            Some(there) => self.upstream.change_template(&there, template).await,
            None => Ok(()),
        }
    }

    async fn archive(&self, template: &Template) -> Result<(), Trouble> {
        let away = template.status == TemplateStatus::Archived;
        match self.there(template).await? {
            Some(there) if (there.standing.status == TemplateStatus::Archived) != away => {
                self.upstream.archive_template(template.account, &there, away).await
            }
            _ => Ok(()),
        }
    }

    async fn unpause(&self, template: &Template) -> Result<(), Trouble> {
        match self.there(template).await? {
            Some(there) if there.standing.status == TemplateStatus::Paused => {
                self.upstream.unpause_template(&there).await
            }
            _ => Ok(()),
        }
    }
}
