export { create__Name__Channel, omni } from "./__name__-channel.ts";
