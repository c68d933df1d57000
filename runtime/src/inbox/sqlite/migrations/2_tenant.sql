-- Whose delivery it is, on an endpoint that has tenants.
ALTER TABLE switchhook_delivery ADD COLUMN tenant TEXT;
