// Vault server. vault/sdk is held where this server's own tree has it.
module chainstead.dev/toolchain/vault

go 1.26.0

require (
	github.com/hashicorp/vault v1.21.1
	github.com/hashicorp/vault/sdk v0.20.0
)

tool github.com/hashicorp/vault
