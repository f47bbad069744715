namespace EdgeGateway.Sync;
