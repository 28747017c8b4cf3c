//! What templates' messages came to, in memory.

use stentor_core::id::{AccountId, TemplateId};
use stentor_core::template::Reception;

use super::Tables;
use crate::rows::{ReceptionRows, Result};

impl ReceptionRows for Tables {
    fn reception(&self, template: TemplateId) -> Result<Option<Reception>> {
        Ok(self.receptions.get(&template).map(|(_, reception)| *reception))
    }

    fn receptions(&self) -> Result<Vec<(TemplateId, AccountId, Reception)>> {
        Ok(self.receptions.iter().map(|(id, (account, reception))| (*id, *account, *reception)).collect())
    }

    fn put_reception(
        &mut self,
        template: TemplateId,
        account: AccountId,
        reception: &Reception,
    ) -> Result<()> {
        self.receptions.insert(template, (account, *reception));
        Ok(())
    }

    fn delete_reception(&mut self, template: TemplateId) -> Result<()> {
        self.receptions.remove(&template);
        Ok(())
    }
}
