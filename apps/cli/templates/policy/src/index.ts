export { create__Name__Policy, omni } from "./__name__-policy.ts";
