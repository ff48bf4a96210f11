import { describeStore } from './contract.js';

describeStore('postgres');
