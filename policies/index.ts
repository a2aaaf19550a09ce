import { PolicyPack } from "@pulumi/policy";

import { policies } from "./list";

new PolicyPack("chainstead", { policies, enforcementLevel: "mandatory" });
